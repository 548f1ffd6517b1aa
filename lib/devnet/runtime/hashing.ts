import { blake2b } from '@noble/hashes/blake2.js';
import { createBLAKE2b, createXXHash64, type IHasher } from 'hash-wasm';

interface Hashers {
  readonly xxhash: IHasher;
  readonly xxhashOfSeed1: IHasher;
  readonly blake128: IHasher;
}

/*
 * Storage keys are hashed more often than anything else, hence WebAssembly, and one that is ready within 20 ms: that of
 * polkadot-js takes half a second to load, half of a devnet's start.
 */
let hashers: Hashers | undefined;

/** Makes what storage keys are hashed with. Needed once, before the first key. */
export const loadHashing = async (): Promise<void> => {
  if (hashers) return;
  const [xxhash, xxhashOfSeed1, blake128] = await Promise.all([
    createXXHash64(0),
    createXXHash64(1),
    createBLAKE2b(128),
  ]);
  hashers = { xxhash, xxhashOfSeed1, blake128 };
};

const digestBy = (name: keyof Hashers, bytes: Uint8Array): Uint8Array => {
  if (!hashers) throw new Error('storage keys are hashed before that is loaded');
  return hashers[name].init().update(bytes).digest('binary');
};

/** xxHash of 64 bits with seed 0, little-endian: the `Twox64Concat` of storage keys. */
export const twox64Of = (bytes: Uint8Array): Uint8Array => digestBy('xxhash', bytes).reverse();

/** Two of them, with seeds 0 and 1: what the names of pallets and storage items become. */
export const twox128Of = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.of(...twox64Of(bytes), ...digestBy('xxhashOfSeed1', bytes).reverse());

/** BLAKE2b-128: the `Blake2_128Concat` of storage keys. */
export const blake128 = (bytes: Uint8Array): Uint8Array => digestBy('blake128', bytes);

/** BLAKE2b-256, the runtime's hash. */
export const blake256 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, { dkLen: 32 });

/** BLAKE2b-64: the id of a runtime API is that of its name. */
export const blake64 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, { dkLen: 8 });
