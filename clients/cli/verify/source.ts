import { constants, type Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { CrusadesError, crusadesError } from '../../../lib/errors/index.js';
import { createFetcher } from '../../../lib/fetch/index.js';
import { POLICY } from '../../../lib/scan/index.js';
import type { Hparams } from '../../../lib/settings/index.js';

/** A whole file is read into memory; what is larger than this is not even read to be refused by its size. */
const MAX_FILE_BYTES = 5_000_000;

export const isUrl = (name: string): boolean => /^https?:\/\//i.test(name);

/**
 * Text of a local file. Reads regular files only, and never more than a file may have: a pipe, a device or a file
 * that grows cannot keep it waiting.
 *
 * @throws `file_unreadable`; `file_not_code` for what is too large or no UTF-8 text
 */
export const readSource = async (path: string, signal?: AbortSignal): Promise<string> =>
  decode(path, await readBytes(path, signal));

const readBytes = async (path: string, signal?: AbortSignal): Promise<Buffer> => {
  let handle: FileHandle | undefined;
  try {
    // Opening alone may wait for a pipe's writer or wake a device up.
    requireFile(path, await stat(path));
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    requireFile(path, stats);
    const bytes = await readUpTo(handle, MAX_FILE_BYTES + 1, signal);
    if (bytes.length > MAX_FILE_BYTES) throw tooLarge(path, bytes.length);
    return bytes;
  } catch (error) {
    throw readableError(path, error);
  } finally {
    await handle?.close();
  }
};

const CHUNK_BYTES = 1_000_000;

const readUpTo = async (handle: FileHandle, most: number, signal?: AbortSignal): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for (let length = 0; length < most;) {
    signal?.throwIfAborted();
    const wanted = Math.min(CHUNK_BYTES, most - length);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, null);
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks);
};

const requireFile = (path: string, stats: Stats): void => {
  if (!stats.isFile()) throw unreadable(path, `it is ${kindOf(stats)}, not a file`);
  if (stats.size > MAX_FILE_BYTES) throw tooLarge(path, stats.size);
};

const kindOf = (stats: Stats): string => {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
};

const tooLarge = (path: string, bytes: number): CrusadesError =>
  crusadesError('file_not_code', {
    path,
    reason: `it has ${bytes.toLocaleString('en')} bytes`,
    next: `Shrink it: a validator takes at most ${POLICY.maxBytes.toLocaleString('en')} bytes.`,
  });

export const unreadable = (path: string, reason: string, cause?: unknown): CrusadesError =>
  crusadesError('file_unreadable', { path, reason }, { cause });

/** Says in words what the operating system refused; anything else is handed on. */
export const readableError = (path: string, error: unknown): unknown =>
  !(error instanceof CrusadesError) && error instanceof Error && 'code' in error && isSystemCode(error.code)
    ? unreadable(path, REASONS[error.code] ?? error.code, error)
    : error;

const isSystemCode = (code: unknown): code is string => typeof code === 'string' && /^E[A-Z0-9]+$/.test(code);

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EAGAIN: 'it is no ordinary file: nothing can be read from it now',
  EMFILE: 'too many files are open',
  EIO: 'the disk does not answer as it should',
};

const decode = (path: string, bytes: Buffer): string => {
  try {
    // A byte-order mark stays: what is scanned must be what is hashed.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const next = 'Save it as plain UTF-8, without a byte-order mark.';
    throw crusadesError('file_not_code', { path, reason: encodingFlaw(bytes), next }, { cause: error });
  }
};

const encodingFlaw = (bytes: Buffer): string => {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') return 'it is UTF-16 text, not UTF-8';
  const at = firstUndecodable(bytes);
  const line = bytes.subarray(0, at).toString('latin1').split('\n').length;
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0');
  return `it is no UTF-8 text (byte 0x${byte} in line ${line})`;
};

/** Where the character begins that no decoder accepts; found by halves, for there may be millions of bytes. */
const firstUndecodable = (bytes: Buffer): number => {
  const accepts = (length: number, stream: boolean): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream });
      return true;
    } catch {
      return false;
    }
  };
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (accepts(middle, true)) good = middle;
    else bad = middle;
  }
  // So far a character that has begun may still be whole with the bytes to come.
  while (!accepts(good, false)) good -= 1;
  return good;
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
