import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { crusadesError } from '../errors/index.js';

/**
 * Reads a body to its end, or until one byte more than `maxBytes` has come. Bytes count as sent and as
 * decompressed: a few kilobytes of gzip can hold gigabytes, and a compressed stream need not hold any.
 *
 * @throws `fetch_too_large`, `fetch_not_code` (unknown compression), and whatever the stream fails with
 */
export const readBody = async (
  body: AsyncIterable<unknown>,
  {
    host,
    encoding,
    maxBytes,
    signal,
  }: { host: string; encoding: string; maxBytes: number; signal: AbortSignal },
): Promise<Buffer> => {
  const decompressor = decompressorFor(encoding, host);
  const sent = await collect(body, host, maxBytes);
  if (decompressor === undefined) return sent;
  return inTurn(async () => {
    signal.throwIfAborted();
    return collect(Readable.from([sent]).pipe(decompressor(sent)), host, maxBytes);
  });
};

const collect = async (source: AsyncIterable<unknown>, host: string, limit: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of source) {
    const bytes = chunk as Buffer;
    received += bytes.length;
    if (received > limit) throw crusadesError('fetch_too_large', { host, limit, received });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
};

let turn: Promise<unknown> = Promise.resolve();

/**
 * One decompressor at a time, and only for a body that is here in full: each may take a window of 16 MB (brotli), which
 * two hundred hosts that drip would hold until their deadline.
 */
const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
  const mine = turn.then(work);
  turn = mine.catch(() => undefined);
  return mine;
};

const decompressorFor = (encoding: string, host: string): ((sent: Buffer) => Transform) | undefined => {
  switch (encoding) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return () => createGunzip();
    case 'deflate':
      return (sent) => (hasZlibHeader(sent) ? createInflate() : createInflateRaw());
    case 'br':
      return () => createBrotliDecompress();
    default:
      throw crusadesError('fetch_not_code', { host, what: `data compressed as ${encoding.slice(0, 40)}` });
  }
};

/** RFC 9110 means zlib by deflate, but some hosts leave its header out; method 8 is the only one there is. */
const hasZlibHeader = (sent: Buffer): boolean => ((sent[0] ?? 0) & 0x0f) === 8;
