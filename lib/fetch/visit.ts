import type { LookupFunction, Socket } from 'node:net';
import { Agent, buildConnector, request, type Dispatcher } from 'undici';
import { crusadesError } from '../errors/index.js';
import { readBody } from './body.js';
import { judgeContent, type FetchedCode } from './content.js';
import { hostOf, type Hop } from './hop.js';

export interface VisitLimits {
  /** Of the file, as sent and as decompressed. */
  readonly maxBytes: number;
  readonly committedHash: string | null;
  /** Authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_HEADER_BYTES = 32_768;
/** Milliseconds until the next address is tried. Node's 250 would give up every host on the other side of the world. */
const NEXT_ADDRESS_MS = 2500;

/**
 * One request to one checked address, on a connection of its own: the code, or where the host sends us instead.
 *
 * @param signal the deadline, the only one: undici's are off
 * @throws `fetch_failed`, `fetch_too_large`, `fetch_not_code`, `fetch_hash_mismatch`, and errors of the network
 */
export const visit = async (
  hop: Hop,
  limits: VisitLimits,
  signal: AbortSignal,
): Promise<FetchedCode | { readonly location: string }> => {
  const agent = new Agent({
    connect: connector(hop, limits, signal),
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 0,
  });
  try {
    const response = await request(hop.url, {
      dispatcher: agent,
      signal,
      headers: { 'user-agent': 'crusades', accept: 'text/plain, */*', 'accept-encoding': 'identity' },
    });
    return await readAnswer(response, hop.url, limits, signal);
  } finally {
    await agent.destroy();
  }
};

const readAnswer = async (
  { statusCode, headers, body }: Dispatcher.ResponseData,
  url: URL,
  { maxBytes, committedHash }: VisitLimits,
  signal: AbortSignal,
): Promise<FetchedCode | { readonly location: string }> => {
  const host = hostOf(url);
  // What is destroyed before its end says so in an event, which nobody else takes.
  body.on('error', () => undefined);
  const location = first(headers['location']);
  if (REDIRECTS.has(statusCode) && location !== '') {
    body.destroy();
    return { location: URL.canParse(location, url.href) ? new URL(location, url.href).href : location };
  }
  if (statusCode !== 200) {
    body.destroy();
    throw crusadesError('fetch_failed', { host, reason: `the host answered HTTP ${statusCode}` });
  }
  const announced = Number(first(headers['content-length']));
  if (announced > maxBytes) {
    body.destroy();
    throw crusadesError('fetch_too_large', { host, limit: maxBytes, received: 0 });
  }
  const encoding = [headers['content-encoding'] ?? ''].flat().join(', ').trim().toLowerCase();
  const bytes = await readBody(body, { host, encoding, maxBytes, signal });
  return judgeContent(bytes, { url, contentType: first(headers['content-type']), committedHash });
};

const first = (header: string | string[] | undefined): string => [header ?? ''].flat()[0] ?? '';

const connector = (
  hop: Hop,
  { maxBytes, ca }: VisitLimits,
  signal: AbortSignal,
): buildConnector.connector => {
  const connect = buildConnector({
    lookup: answering(hop),
    // An attempt that nobody answers would outlive the fetch by minutes.
    signal,
    timeout: 0,
    maxCachedSessions: 0,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    ...(ca !== undefined && { ca }),
  });
  return (options, callback) =>
    connect(options, (...args) => {
      const [, socket] = args;
      if (socket) boundWire(socket, 2 * maxBytes + WIRE_BYTES_BESIDE, hostOf(hop.url));
      callback(...args);
    });
};

/** A look-up that knows only the addresses that were checked, whatever it is asked. */
const answering =
  ({ addresses }: Hop): LookupFunction =>
  (_host, { all }, callback) => {
    const [address] = addresses;
    if (all) callback(null, [...addresses]);
    else if (address) callback(null, address.address, address.family);
  };

/** Headers, certificates, chunk sizes and TLS records of an honest answer are a fraction of the file and this. */
const WIRE_BYTES_BESIDE = 262_144;
const WIRE_CHECK_MS = 50;

/**
 * Ends a connection that carries much beside the body, which nobody else counts: extensions of chunks, interim answers,
 * a status line without end. None of it is kept, but it would keep a processor busy until the deadline.
 */
const boundWire = (socket: Socket, most: number, host: string): void => {
  const timer = setInterval(() => {
    if (socket.bytesRead <= most) return;
    const reason = `it sent more than ${most} bytes, most of them to wrap a file or in place of one`;
    socket.destroy(crusadesError('fetch_failed', { host, reason }));
  }, WIRE_CHECK_MS);
  socket.once('close', () => clearInterval(timer));
};
