import { ristretto255, ed25519 } from '@noble/curves/ed25519.js';
import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';

/** Address format of every Subtensor network. */
export const SS58_FORMAT = 42;

/** `sr25519` signs transactions; ed25519 hotkeys exist on disk as well. */
export type KeyType = 'sr25519' | 'ed25519';

/** Keyring of one type; each key gets a keyring of its own, so that no key outlives its user here. */
export const keyring = (type: KeyType): Keyring => new Keyring({ type, ss58Format: SS58_FORMAT });

/**
 * Key of a Substrate URI: `//Alice`, or a mnemonic with a derivation path. For devnets and tests, whose keys
 * everybody knows.
 */
export const keyFromUri = (uri: string): KeyringPair => keyring('sr25519').addFromUri(uri);

/** @param phrase BIP-39 mnemonic, checked; derived as Substrate does, without path or password */
export const keyFromMnemonic = (phrase: string, type: KeyType = 'sr25519'): KeyringPair =>
  keyring(type).addFromUri(phrase);

/** @param seed 32 bytes */
export const keyFromSeed = (seed: Uint8Array, type: KeyType = 'sr25519'): KeyringPair =>
  keyring(type).addFromSeed(seed);

/**
 * Key of the 64 bytes that official keyfiles call `privateKey`: schnorrkel's scalar and nonce.
 *
 * polkadot-js wants the scalar as ed25519 expands it, multiplied by the cofactor 8 without reduction; with
 * the bare one it signs, but no signature verifies (chain reference, checked against the official fixture).
 */
export const keyFromPrivateKey = (privateKey: Uint8Array): KeyringPair => {
  const secretKey = new Uint8Array(64);
  secretKey.set(timesCofactor(privateKey.subarray(0, 32)));
  secretKey.set(privateKey.subarray(32), 32);
  const publicKey = publicKeyOf(privateKey.subarray(0, 32));
  return keyring('sr25519').addFromPair({ publicKey, secretKey });
};

/** A ristretto255 point; the scalar is little-endian. @throws when the scalar is zero */
const publicKeyOf = (scalar: Uint8Array): Uint8Array => {
  const number = BigInt(`0x${Buffer.from(scalar).reverse().toString('hex')}`);
  return ristretto255.Point.BASE.multiply(number % ed25519.Point.Fn.ORDER).toBytes();
};

const timesCofactor = (scalar: Uint8Array): Uint8Array => {
  const product = new Uint8Array(32);
  let carry = 0;
  scalar.forEach((byte, index) => {
    const value = byte * 8 + carry;
    product[index] = value & 0xff;
    carry = value >> 8;
  });
  return product;
};
