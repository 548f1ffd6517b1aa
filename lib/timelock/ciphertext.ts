import { concatBytes } from '@noble/hashes/utils.js';
import { ByteReader, u64Bytes } from './bytes.js';
import { malformed } from './malformed.js';

/** The parts of a ciphertext, not yet interpreted. */
export interface CiphertextParts {
  /** G2, 96 bytes compressed (the zcash form: big-endian, flags in the first byte). */
  readonly u: Uint8Array;
  /** 32 bytes. */
  readonly v: Uint8Array;
  /** 32 bytes. */
  readonly w: Uint8Array;
  /** AES-GCM ciphertext and its tag. */
  readonly sealed: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Bytes that a ciphertext adds to its plaintext. */
export const CIPHERTEXT_OVERHEAD = 244;

/** `TLECiphertext` as arkworks serialises it, compressed. All lengths are u64 little-endian. */
export const ciphertextBytes = ({ u, v, w, sealed, nonce }: CiphertextParts): Uint8Array => {
  const body = concatBytes(withLength(sealed), withLength(nonce));
  return concatBytes(u, withLength(v), withLength(w), withLength(body), withLength(SUITE));
};

/**
 * Takes a ciphertext apart. The suite's name and bytes inside the body after the nonce are ignored, as the runtime does.
 *
 * @throws timelock_malformed (CiphertextDeserialize); no length stated in the bytes is believed before it is checked
 */
export const parseCiphertext = (bytes: Uint8Array): CiphertextParts => {
  const reader = new ByteReader(bytes);
  const u = reader.take(96, 'the point U');
  const v = reader.lengthPrefixed('V');
  const w = reader.lengthPrefixed('W');
  const body = reader.lengthPrefixed('the body');
  reader.lengthPrefixed('the suite name');
  // Other lengths than 32 make the official library panic; the pallet refuses them from spec 446 on.
  if (v.length !== 32 || w.length !== 32) throw refused('V and W must be 32 bytes each');
  if (reader.left > 0) throw refused('there are bytes after its end');
  const inner = new ByteReader(body);
  try {
    return {
      u,
      v,
      w,
      sealed: inner.lengthPrefixed('the AES ciphertext'),
      nonce: inner.lengthPrefixed('the nonce'),
    };
  } catch {
    throw malformed('Decrypt', 'the lengths in its body do not add up');
  }
};

const SUITE = new TextEncoder().encode('AES_GCM_');

const withLength = (bytes: Uint8Array): Uint8Array => concatBytes(u64Bytes(bytes.length), bytes);

const refused = (reason: string) => malformed('CiphertextDeserialize', reason);
