import { lookup } from 'node:dns/promises';

import ipaddr from 'ipaddr.js';

import { crusadesError } from '../errors/index.js';
import { isPublicAddress } from './address.js';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** Host name to addresses, as the operating system sees it. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

export interface HopRules {
  /** Opens loopback and private addresses: for devnets, whose miners serve their files from this machine. */
  readonly allowPrivateAddresses: boolean;
  /** Ports beyond 80 and 443; undefined with private addresses allowed means any. */
  readonly ports: readonly number[] | undefined;
}

/** One connection that may be made: the URL, and the only addresses that it may go to. */
export interface Hop {
  readonly url: URL;
  readonly addresses: readonly Address[];
}

export const systemResolve: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/**
 * Checks one URL on the way to a file and looks its host up, once: the connection is then made to these
 * addresses, so that a name server cannot answer the check one way and the connection another.
 *
 * @throws `fetch_url_invalid`, `fetch_address_forbidden`, `fetch_failed` (unknown host)
 */
export const checkHop = async (text: string, rules: HopRules, resolve: Resolve): Promise<Hop> => {
  const url = parseUrl(text, rules);
  const addresses = await addressesOf(url, resolve);
  const forbidden = rules.allowPrivateAddresses
    ? undefined
    : addresses.find(({ address }) => !isPublicAddress(address));
  if (forbidden) {
    throw crusadesError('fetch_address_forbidden', { host: url.host, address: forbidden.address });
  }
  return { url, addresses };
};

const parseUrl = (text: string, rules: HopRules): URL => {
  const refuse = (reason: string) => crusadesError('fetch_url_invalid', { url: text.slice(0, 200), reason });
  if (!URL.canParse(text)) throw refuse('it is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse(`only http and https are fetched, not ${url.protocol.slice(0, -1)}`);
  }
  if (url.username !== '' || url.password !== '') throw refuse('it holds a user name or a password');
  if (!portAllowed(url, rules)) throw refuse(`port ${url.port} is not allowed, only 80 and 443`);
  return url;
};

const portAllowed = ({ port }: URL, { ports, allowPrivateAddresses }: HopRules): boolean => {
  if (port === '' || port === '80' || port === '443') return true;
  return ports ? ports.includes(Number(port)) : allowPrivateAddresses;
};

const addressesOf = async (url: URL, resolve: Resolve): Promise<readonly Address[]> => {
  // URL has already turned decimal, octal and hexadecimal notations into four parts.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(host)) return [{ address: host, family: ipaddr.parse(host).kind() === 'ipv4' ? 4 : 6 }];
  try {
    const addresses = await resolve(host);
    if (addresses.length > 0) return addresses;
  } catch (cause) {
    throw crusadesError('fetch_failed', { host: url.host, reason: reasonOf(cause) }, { cause });
  }
  throw crusadesError('fetch_failed', { host: url.host, reason: 'the name has no address' });
};

/** The shortest honest account of a network error: its code where it has one. */
export const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the host name is not known';
  if (code === 'ECONNREFUSED') return 'the connection was refused';
  return cause.message === '' ? (code ?? cause.name) : cause.message;
};
