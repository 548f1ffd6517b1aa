import { concatBytes } from '@noble/hashes/utils.js';
import { ByteReader, compactBytes } from './bytes.js';

/** A commitment's text as SDK 9 and 10 seal it: a SCALE string. */
export const encodeCommitmentText = (text: string): Uint8Array => {
  const bytes = new TextEncoder().encode(text);
  return concatBytes(compactBytes(bytes.length), bytes);
};

/**
 * The text of a revealed commitment, or null when it is no UTF-8.
 *
 * Two layouts are on chain: a SCALE string (SDK 9 and 10) and bare text (SDK 11). The length prefix is taken off only
 * when it states exactly what follows it; whatever else begins like one is text. Miners control these bytes.
 */
export const decodeCommitmentText = (revealed: Uint8Array): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      scaleStringBody(revealed) ?? revealed,
    );
  } catch {
    return null;
  }
};

const scaleStringBody = (bytes: Uint8Array): Uint8Array | null => {
  try {
    const reader = new ByteReader(bytes);
    const length = reader.compact('the prefix');
    return length === reader.left ? reader.take(length, 'the text') : null;
  } catch {
    return null;
  }
};
