import { isIP } from 'node:net';
import { crusadesError, type CrusadesError } from '../errors/index.js';
import { printable, reasonOf } from './reason.js';
import type { Address, Resolve } from './resolve.js';

export interface HopRules {
  /** Whether an address may be connected to. */
  readonly allows: (address: string) => boolean;
  /** Ports beyond 80 and 443; null means any. */
  readonly ports: readonly number[] | null;
}

/** One connection that may be made: the URL, and the only addresses that it may go to. */
export interface Hop {
  readonly url: URL;
  readonly addresses: readonly Address[];
}

/** Far more than a commitment holds; signed addresses that a host redirects to are this long. */
const MOST_CHARACTERS = 8192;
/** A name may have thousands of addresses, each of which costs a try. All are checked, these are used. */
const MOST_ADDRESSES = 8;

/**
 * Checks one URL on the way to a file and looks its host up, once: the connection is then made to these
 * addresses, so that a name server cannot answer the check one way and the connection another.
 *
 * @throws `fetch_url_invalid`, `fetch_address_forbidden`, `fetch_failed` (unknown host), `fetch_offline`
 */
export const checkHop = async (
  text: string,
  rules: HopRules,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<Hop> => {
  const url = parseUrl(text, rules);
  const addresses = await addressesOf(url, resolve, signal);
  const forbidden = addresses.find(({ address }) => !rules.allows(address));
  if (forbidden) {
    throw crusadesError('fetch_address_forbidden', { host: hostOf(url), address: forbidden.address });
  }
  return { url, addresses: addresses.slice(0, MOST_ADDRESSES) };
};

/** A host as messages name it: in ASCII, so that letters that look alike are told apart, and cut. */
export const hostOf = ({ host }: URL): string => printable(host);

const parseUrl = (text: string, { ports }: HopRules): URL => {
  const refuse = (reason: string) =>
    crusadesError('fetch_url_invalid', { url: printable(text).slice(0, 200), reason });
  if (text.length > MOST_CHARACTERS) throw refuse(`it is longer than ${MOST_CHARACTERS} characters`);
  if (!URL.canParse(text)) throw refuse('it is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse(`only http and https are fetched, not ${printable(url.protocol.slice(0, -1)).slice(0, 40)}`);
  }
  if (url.username !== '' || url.password !== '') throw refuse('it holds a user name or a password');
  const allowed = [...new Set([80, 443, ...(ports ?? [])])];
  if (ports !== null && url.port !== '' && !allowed.includes(Number(url.port))) {
    throw refuse(`port ${url.port} is not allowed, only ${allowed.join(', ')}`);
  }
  // The dot that makes a name absolute is none of the name that a certificate or a virtual host has.
  url.hostname = url.hostname.replace(/\.$/, '');
  return url;
};

const addressesOf = async (url: URL, resolve: Resolve, signal: AbortSignal): Promise<readonly Address[]> => {
  // URL has already turned decimal, octal and hexadecimal notations into four parts, and look-alikes into ASCII.
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(name);
  if (family !== 0) return [{ address: name, family }];
  const host = hostOf(url);
  let addresses: readonly Address[];
  try {
    addresses = await resolve(name, signal);
  } catch (cause) {
    throw lookupError(host, cause);
  }
  if (addresses.length > 0) return addresses;
  throw crusadesError('fetch_failed', { host, reason: 'the host name has no address' });
};

/** No host can bring about that our own name server refuses the connection: everything else counts as the host's. */
const lookupError = (host: string, cause: unknown): CrusadesError => {
  const { code, syscall = '' } = cause as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' && syscall.startsWith('query')
    ? crusadesError('fetch_offline', { host, reason: 'no name server can be reached' }, { cause })
    : crusadesError('fetch_failed', { host, reason: reasonOf(cause) }, { cause });
};
