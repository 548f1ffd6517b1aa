import {
  decryptWithSignature,
  failureOf,
  readUserDataEnvelope,
  type TimelockFailure,
} from '../../timelock/index.js';
import { hex } from './types.js';

export type Opening =
  | { readonly ok: true; readonly plaintext: Uint8Array }
  | { readonly ok: false; readonly failure: TimelockFailure };

/*
 * Opening costs a pairing, some 15 ms, and blocks must not wait for hundreds of them: the beacon opens what a new round
 * opens ahead of the block, one at a time, and the runtime finds the answer here. The answer follows from the key alone.
 */
const openings = new Map<string, Opening>();
const MOST_KEPT = 10_000;

/** Opens a bare ciphertext with a round's signature. */
export const openSealed = (ciphertext: Uint8Array, signature: Uint8Array): Opening => {
  const key = `${hex(signature)} ${hex(ciphertext)}`;
  const known = openings.get(key);
  if (known) return known;
  const opening = open(ciphertext, signature);
  if (openings.size >= MOST_KEPT) openings.clear();
  openings.set(key, opening);
  return opening;
};

/** As {@link openSealed}, for a commitment's field: what is no bare ciphertext may be one in a `UserData` envelope. */
export const openField = (encrypted: Uint8Array, signature: Uint8Array): Opening => {
  const bare = openSealed(encrypted, signature);
  if (bare.ok || bare.failure !== 'CiphertextDeserialize') return bare;
  try {
    return openSealed(readUserDataEnvelope(encrypted).ciphertext, signature);
  } catch {
    return bare;
  }
};

const open = (ciphertext: Uint8Array, signature: Uint8Array): Opening => {
  try {
    return { ok: true, plaintext: decryptWithSignature(ciphertext, signature) };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return { ok: false, failure };
  }
};
