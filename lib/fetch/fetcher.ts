import type { LookupFunction } from 'node:net';

import { Agent, request, type Dispatcher } from 'undici';

import { CrusadesError, crusadesError } from '../errors/index.js';
import { readBody } from './body.js';
import { judgeContent, type FetchedCode } from './content.js';
import { checkHop, reasonOf, systemResolve, type Hop, type Resolve } from './hop.js';
import { expandUrl } from './page-url.js';

export interface FetchLimits {
  /** For everything together: look-ups, redirects, the last byte. */
  readonly timeoutSeconds: number;
  readonly maxBytes: number;
  /** First 32 hex digits of the file's sha256; null when nothing was committed (`crusades verify URL`). */
  readonly committedHash: string | null;
  /** Default false. Opens loopback and private addresses; for devnets only. */
  readonly allowPrivateAddresses?: boolean;
  /** Ports beyond 80 and 443. Left out: none, and any where private addresses are allowed. */
  readonly ports?: readonly number[];
}

export interface Fetcher {
  /**
   * Downloads the code behind a committed URL, once. Each hop's host is looked up once and connected to at
   * the checked address. Nothing is kept between calls: no cookies, no connections, no cache.
   *
   * @param signal the caller's own end; its reason is thrown
   * @throws `fetch_*`
   */
  fetchCode(url: string, limits: FetchLimits, signal?: AbortSignal): Promise<FetchedCode>;
}

/** Redirects that are followed; GitHub and gists need two. */
const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** @param options.resolve replaces the system's look-up; tests use it */
export const createFetcher = ({ resolve = systemResolve }: { resolve?: Resolve } = {}): Fetcher => ({
  async fetchCode(url, limits, signal) {
    const deadline = AbortSignal.timeout(limits.timeoutSeconds * 1000);
    const ended = signal ? AbortSignal.any([signal, deadline]) : deadline;
    const host = URL.canParse(url) ? new URL(url).host : url.slice(0, 200);
    try {
      return await followTo(expandUrl(url), limits, withDeadline(resolve, ended), ended);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (deadline.aborted) {
        throw crusadesError('fetch_too_slow', { host, seconds: limits.timeoutSeconds }, { cause: error });
      }
      if (error instanceof CrusadesError) throw error;
      throw crusadesError('fetch_failed', { host, reason: reasonOf(error) }, { cause: error });
    }
  },
});

const followTo = async (
  start: string,
  limits: FetchLimits,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<FetchedCode> => {
  const { allowPrivateAddresses = false, ports } = limits;
  let next = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const hop = await checkHop(next, { allowPrivateAddresses, ports }, resolve);
    const answer = await visit(hop, limits, signal);
    if (typeof answer !== 'string') return answer;
    next = answer;
  }
  const { host } = new URL(next);
  throw crusadesError('fetch_failed', { host, reason: `more than ${MAX_REDIRECTS} redirects` });
};

/** One request: the code, or where the host sends us instead. */
const visit = async (hop: Hop, limits: FetchLimits, signal: AbortSignal): Promise<FetchedCode | string> => {
  const agent = new Agent({ connect: { lookup: answering(hop) }, maxHeaderSize: 32_768, pipelining: 0 });
  try {
    const response = await request(hop.url, {
      dispatcher: agent,
      signal,
      headers: { 'user-agent': 'crusades', accept: 'text/plain, */*', 'accept-encoding': 'identity' },
    });
    return await readAnswer(response, hop.url, limits);
  } finally {
    await agent.destroy();
  }
};

const readAnswer = async (
  { statusCode, headers, body }: Dispatcher.ResponseData,
  url: URL,
  { maxBytes, committedHash }: FetchLimits,
): Promise<FetchedCode | string> => {
  const { host } = url;
  const location = one(headers['location']);
  if (REDIRECTS.has(statusCode) && location !== '') {
    body.on('error', () => undefined).destroy();
    return expandUrl(absolute(location, url));
  }
  if (statusCode !== 200) {
    body.on('error', () => undefined).destroy();
    throw crusadesError('fetch_failed', { host, reason: `the host answered HTTP ${statusCode}` });
  }
  const encoding = one(headers['content-encoding']).trim().toLowerCase();
  const bytes = await readBody(body, { host, encoding, maxBytes });
  return judgeContent(bytes, { url, contentType: one(headers['content-type']), committedHash });
};

const absolute = (location: string, base: URL): string =>
  URL.canParse(location, base.href) ? new URL(location, base.href).href : location;

const one = (header: string | string[] | undefined): string =>
  Array.isArray(header) ? (header[0] ?? '') : (header ?? '');

/** A look-up that knows only the addresses that were checked, whatever it is asked. */
const answering =
  ({ addresses }: Hop): LookupFunction =>
  (_host, { all }, callback) => {
    const first = addresses[0];
    if (all) callback(null, [...addresses]);
    else if (first) callback(null, first.address, first.family);
  };

const withDeadline =
  (resolve: Resolve, signal: AbortSignal): Resolve =>
  (host) =>
    new Promise((settle, fail) => {
      const give = () => fail(signal.reason as Error);
      if (signal.aborted) return give();
      signal.addEventListener('abort', give, { once: true });
      resolve(host)
        .then(settle, fail)
        .finally(() => signal.removeEventListener('abort', give));
    });
