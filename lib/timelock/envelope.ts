import { concatBytes } from '@noble/hashes/utils.js';
import { ByteReader, compactBytes, u64Bytes } from './bytes.js';
import { malformed } from './malformed.js';

/** The SCALE structure `UserData` of the official packages' generic `encrypt`. The round in it is not authenticated. */
export interface UserDataEnvelope {
  readonly ciphertext: Uint8Array;
  readonly round: bigint;
}

export const userDataEnvelope = ({ ciphertext, round }: UserDataEnvelope): Uint8Array =>
  concatBytes(compactBytes(ciphertext.length), ciphertext, u64Bytes(round));

/** @throws timelock_malformed (CiphertextDeserialize), also for bytes left over */
export const readUserDataEnvelope = (bytes: Uint8Array): UserDataEnvelope => {
  const reader = new ByteReader(bytes);
  const ciphertext = reader.take(reader.compact('the length of the envelope'), 'the envelope');
  const round = reader.u64('the envelope’s round');
  if (reader.left > 0) throw malformed('CiphertextDeserialize', 'there are bytes after the envelope');
  return { ciphertext, round };
};
