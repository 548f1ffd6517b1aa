import { readFile, stat } from 'node:fs/promises';
import { crusadesError } from '../../../lib/errors/index.js';
import { createFetcher } from '../../../lib/fetch/index.js';
import type { Hparams } from '../../../lib/settings/index.js';

/** A whole file is read into memory; what is larger than this is no train.py. */
const MAX_FILE_BYTES = 5_000_000;

export const isUrl = (name: string): boolean => /^https?:\/\//i.test(name);

/**
 * Text of a local file.
 *
 * @throws `file_unreadable`, for what is no UTF-8 text, too
 */
export const readSource = async (path: string, signal?: AbortSignal): Promise<string> => {
  const unreadable = (reason: string, cause?: unknown) =>
    crusadesError('file_unreadable', { path, reason }, { cause });
  let bytes: Buffer;
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) throw unreadable(`it has ${size} bytes`);
    bytes = await readFile(path, signal ? { signal } : {});
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
      throw unreadable(REASONS[error.code] ?? error.code, error);
    }
    throw error;
  }
  try {
    // A byte-order mark stays: what is scanned must be what is hashed.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw unreadable('it is no UTF-8 text', error);
  }
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

/** Downloads a file as a validator does. @throws `fetch_*` */
export const fetchSource = async (
  url: string,
  { fetch, code_fetch_timeout }: Hparams,
  signal: AbortSignal,
  committedHash: string | null = null,
) =>
  createFetcher().fetchCode(
    url,
    {
      timeoutSeconds: code_fetch_timeout,
      maxBytes: fetch.max_bytes,
      committedHash,
      allowPrivateAddresses: fetch.allow_private_addresses,
      ...(fetch.ports !== null && { ports: fetch.ports }),
    },
    signal,
  );
