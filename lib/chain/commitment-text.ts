import { crusadesError } from '../errors/index.js';

/** A fee payment that a commitment points to. */
export interface PaymentReference {
  readonly block: number;
  readonly extrinsicIndex: number;
}

/** What a miner commits: which file, and where it is. */
export interface CommitmentText {
  /** First 32 hex digits of the file's sha256. */
  readonly hash: string;
  readonly url: string;
  readonly payment?: PaymentReference;
}

/** Bytes that a commitment of the competition may have; the chain itself would take more. */
export const MAX_COMMITMENT_BYTES = 128;

/** As the competition has always read them: ASCII digits and lower-case hex only. */
const PAID = /^([0-9a-f]{32}):([0-9]{1,10}):([0-9]{1,5}):(https?:\/\/.+)$/su;
const FREE = /^([0-9a-f]{32}):(https?:\/\/.+)$/su;

/**
 * Reads `<32 hex>:<url>` or `<32 hex>:<payment block>:<extrinsic index>:<url>`; space around it is dropped.
 *
 * @throws `commitment_too_long`, `commitment_malformed`
 */
export const parseCommitmentText = (text: string): CommitmentText => {
  const trimmed = text.trim();
  requireLength(trimmed);
  const [, paidHash, block, index, paidUrl] = PAID.exec(trimmed) ?? [];
  if (paidHash !== undefined && paidUrl !== undefined) {
    const payment = { block: Number(block), extrinsicIndex: Number(index) };
    return { hash: paidHash, url: requireUrl(paidUrl), payment };
  }
  const [, hash, url] = FREE.exec(trimmed) ?? [];
  if (hash === undefined || url === undefined) {
    throw malformed(`it does not read <32 hex digits>:<url> but ${JSON.stringify(trimmed.slice(0, 60))}`);
  }
  return { hash, url: requireUrl(url) };
};

/** The text to seal. @throws `commitment_too_long`, `commitment_malformed` when it would not be read back */
export const formatCommitmentText = ({ hash, url, payment }: CommitmentText): string => {
  const paid = payment ? `${payment.block}:${payment.extrinsicIndex}:` : '';
  const text = `${hash}:${paid}${url}`;
  parseCommitmentText(text);
  return text;
};

const requireLength = (text: string): void => {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_COMMITMENT_BYTES) {
    throw crusadesError('commitment_too_long', { bytes, limit: MAX_COMMITMENT_BYTES });
  }
};

const requireUrl = (url: string): string => {
  if (/[\s\p{Cc}]/u.test(url)) throw malformed('its URL holds spaces or control characters');
  if (!URL.canParse(url)) throw malformed('its URL is not one');
  return url;
};

const malformed = (reason: string) => crusadesError('commitment_malformed', { reason });
