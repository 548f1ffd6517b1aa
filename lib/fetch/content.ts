import { createHash } from 'node:crypto';

import { crusadesError } from '../errors/index.js';
import { hostOf } from './hop.js';

export interface FetchedCode {
  readonly text: string;
  /** 64 hex digits, of the bytes. */
  readonly sha256: string;
  readonly bytes: number;
  readonly finalUrl: string;
}

/**
 * Judges what a host sent: Python source in UTF-8 that mentions `inner_steps` and has the committed hash.
 *
 * @param committedHash first 32 hex digits of the sha256, or null when nothing was committed
 * @throws `fetch_not_code`, `fetch_hash_mismatch`
 */
export const judgeContent = (
  body: Buffer,
  { url, contentType, committedHash }: { url: URL; contentType: string; committedHash: string | null },
): FetchedCode => {
  const host = hostOf(url);
  const refuse = (what: string) => crusadesError('fetch_not_code', { host, what });
  const text = decode(body);
  if (text === undefined) throw refuse('bytes that are not UTF-8 text');
  if (looksLikeHtml(text, contentType)) throw refuse('a web page');
  if (looksLikeJson(text)) throw refuse('a JSON listing');
  if (!text.includes('inner_steps')) throw refuse('text without inner_steps');

  const sha256 = createHash('sha256').update(body).digest('hex');
  const actual = sha256.slice(0, 32);
  if (committedHash !== null && actual !== committedHash) {
    throw crusadesError('fetch_hash_mismatch', { actual, committed: committedHash });
  }
  return { text, sha256, bytes: body.length, finalUrl: url.href };
};

/** Keeps a byte-order mark: what is scanned and run must be what was hashed. */
const decode = (body: Buffer): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
};

/** No Python begins with `<`, but pages do so in many ways: a comment, a script, a doctype. */
const looksLikeHtml = (text: string, contentType: string): boolean =>
  /^(text\/html|application\/xhtml)/i.test(contentType.trim()) || text.trimStart().startsWith('<');

/** Trimming takes a byte-order mark away, too. */
const looksLikeJson = (text: string): boolean => {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return false;
  try {
    JSON.parse(trimmed);
    return true;
  } catch {
    return false;
  }
};
