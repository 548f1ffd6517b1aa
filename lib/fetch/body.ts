import { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import { crusadesError } from '../errors/index.js';

/**
 * Reads a body to its end, or until one byte more than `maxBytes` has come. Bytes count as sent and as
 * decompressed: a few kilobytes of gzip can hold gigabytes, and a compressed stream need not hold any.
 *
 * @throws `fetch_too_large`, `fetch_not_code` (unknown compression), and whatever the stream fails with
 */
export const readBody = async (
  body: Readable,
  { host, encoding, maxBytes }: { host: string; encoding: string; maxBytes: number },
): Promise<Buffer> => {
  const sent = withLimit(body, host, maxBytes);
  const plain = withLimit(decompress(sent, encoding, host), host, maxBytes);
  const chunks: Buffer[] = [];
  for await (const chunk of plain) chunks.push(chunk);
  return Buffer.concat(chunks);
};

async function* withLimit(
  source: AsyncIterable<unknown>,
  host: string,
  limit: number,
): AsyncGenerator<Buffer> {
  let received = 0;
  for await (const chunk of source) {
    const bytes = chunk as Buffer;
    received += bytes.length;
    if (received > limit) throw crusadesError('fetch_too_large', { host, limit, received });
    yield bytes;
  }
}

const decompress = (
  source: AsyncIterable<Buffer>,
  encoding: string,
  host: string,
): AsyncIterable<unknown> => {
  const transform = decompressorFor(encoding, host);
  if (!transform) return source;
  const input = Readable.from(source);
  input.once('error', (error) => transform.destroy(error));
  transform.once('close', () => input.destroy());
  return input.pipe(transform);
};

const decompressorFor = (encoding: string, host: string) => {
  switch (encoding) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw crusadesError('fetch_not_code', { host, what: `data compressed as ${encoding.slice(0, 40)}` });
  }
};
