import { concatBytes } from '@noble/hashes/utils.js';
import { ByteReader, compactBytes, u16Bytes, u64Bytes } from './bytes.js';

/** What a timelocked weight commit seals (`WeightsTlockPayload` of the runtime, commit-reveal v4). */
export interface WeightsPayload {
  /** Public key of the committing hotkey, 32 bytes; null in the payload of older packages, which lacks it. */
  readonly hotkey: Uint8Array | null;
  readonly uids: readonly number[];
  /** u16, one a uid. The runtime compares the lengths when it reveals, not before. */
  readonly values: readonly number[];
  readonly versionKey: bigint;
}

/** Bytes that a weight commit's ciphertext may have (`MAX_CRV3_COMMIT_SIZE_BYTES`). */
export const MAX_WEIGHT_COMMIT_BYTES = 5000;

export const encodeWeightsPayload = ({ hotkey, uids, values, versionKey }: WeightsPayload): Uint8Array =>
  concatBytes(
    ...(hotkey ? [compactBytes(hotkey.length), hotkey] : []),
    u16List(uids),
    u16List(values),
    u64Bytes(versionKey),
  );

/**
 * Reads a payload as the runtime does: with a hotkey first; if that does not fit, as the older form without.
 * Bytes left over are ignored.
 *
 * @throws timelock_malformed when neither form fits
 */
export const decodeWeightsPayload = (bytes: Uint8Array): WeightsPayload => {
  try {
    const reader = new ByteReader(bytes);
    const hotkey = reader.take(reader.compact('the hotkey’s length'), 'the hotkey');
    return { hotkey, ...readWeights(reader) };
  } catch {
    return { hotkey: null, ...readWeights(new ByteReader(bytes)) };
  }
};

const readWeights = (reader: ByteReader): Omit<WeightsPayload, 'hotkey'> => {
  const uids = readU16List(reader, 'the uids');
  const values = readU16List(reader, 'the values');
  return { uids, values, versionKey: reader.u64('the version key') };
};

const u16List = (values: readonly number[]): Uint8Array =>
  concatBytes(compactBytes(values.length), ...values.map(u16Bytes));

const readU16List = (reader: ByteReader, what: string): number[] => {
  const field = new ByteReader(reader.take(2 * reader.compact(what), what));
  return Array.from({ length: field.left / 2 }, () => field.u16(what));
};
