import { CrusadesError, crusadesError } from '../errors/index.js';
import { isPublicAddress } from './address.js';
import type { FetchedCode } from './content.js';
import { checkHop, hostOf } from './hop.js';
import { expandUrl } from './page-url.js';
import { printable, reasonOf } from './reason.js';
import { createDnsResolve, systemResolve, type Resolve } from './resolve.js';
import { visit } from './visit.js';

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

/** What a test puts in the place of the world. */
export interface FetcherParts {
  /** Default: the system's name servers; with private addresses allowed, the system's own look-up. */
  readonly resolve?: Resolve;
  /** Default {@link isPublicAddress}. */
  readonly isPublic?: (address: string) => boolean;
  /** Certificates of authorities, as PEM, to trust instead of Node's. */
  readonly ca?: string;
}

/** Redirects that are followed; GitHub and gists need two. */
const MAX_REDIRECTS = 5;

export const createFetcher = (parts: FetcherParts = {}): Fetcher => ({
  async fetchCode(url, limits, signal) {
    const host = URL.canParse(url) ? hostOf(new URL(url)) : printable(url).slice(0, 200);
    const deadline = startDeadline(limits.timeoutSeconds, signal);
    try {
      return await ending(deadline.signal, followTo(expandUrl(url), parts, limits, deadline.signal));
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof CrusadesError && !deadline.signal.aborted) throw error;
      if (deadline.signal.aborted) {
        throw crusadesError('fetch_too_slow', { host, seconds: limits.timeoutSeconds }, { cause: error });
      }
      throw crusadesError('fetch_failed', { host, reason: reasonOf(error) }, { cause: error });
    } finally {
      deadline.stop();
    }
  },
});

const followTo = async (
  start: string,
  { resolve, isPublic = isPublicAddress, ca }: FetcherParts,
  { allowPrivateAddresses = false, ports, ...limits }: FetchLimits,
  signal: AbortSignal,
): Promise<FetchedCode> => {
  const rules = {
    allows: allowPrivateAddresses ? () => true : isPublic,
    ports: ports ?? (allowPrivateAddresses ? null : []),
  };
  const lookUp = resolve ?? (allowPrivateAddresses ? systemResolve : createDnsResolve());
  const visited = new Set<string>();
  let next = start;
  while (visited.size <= MAX_REDIRECTS) {
    const hop = await checkHop(next, rules, lookUp, signal);
    const host = hostOf(hop.url);
    if (visited.has(hop.url.href))
      throw crusadesError('fetch_failed', { host, reason: 'it redirects in a circle' });
    visited.add(hop.url.href);
    const answer = await visit(hop, { ...limits, ca }, signal).catch((error: unknown) => {
      if (error instanceof CrusadesError || signal.aborted) throw error;
      throw crusadesError('fetch_failed', { host, reason: reasonOf(error) }, { cause: error });
    });
    if (!('location' in answer)) return answer;
    next = expandUrl(answer.location);
  }
  const [last = start] = [...visited].slice(-1);
  throw crusadesError('fetch_failed', {
    host: hostOf(new URL(last)),
    reason: `more than ${MAX_REDIRECTS} redirects`,
  });
};

/** A signal that ends with the caller's or after `seconds`, and whose timer ends with the fetch. */
const startDeadline = (seconds: number, caller: AbortSignal | undefined) => {
  const controller = new AbortController();
  const end = (): void => controller.abort(caller?.reason);
  const timer = setTimeout(() => controller.abort(), seconds * 1000);
  if (caller?.aborted) end();
  caller?.addEventListener('abort', end, { once: true });
  const stop = (): void => {
    clearTimeout(timer);
    caller?.removeEventListener('abort', end);
  };
  return { signal: controller.signal, stop };
};

/** Does not wait for work that goes on after its signal, as a look-up of the operating system does. */
const ending = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((settle, fail) => {
    const give = (): void => fail(signal.reason as Error);
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    work.then(settle, fail).finally(() => signal.removeEventListener('abort', give));
  });
