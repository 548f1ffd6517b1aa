import { crusadesError } from '../errors/index.js';
import { gistOf, HOSTS, type UrlParts } from './pages.js';
import { printable } from './reason.js';

/**
 * Turns the address of a page that shows a file into the address of the file, where the host is one that people keep
 * code on: gists, repositories, pastebins. Any other address comes back as it is.
 *
 * @throws `fetch_page_address` for a page of such a host that names no file, with the address to use
 */
export const expandUrl = (url: string): string => {
  const parts = partsOf(url);
  const answer = parts && HOSTS.get(parts.host)?.(parts);
  if (answer === undefined) return url;
  if ('raw' in answer) return answer.raw;
  throw crusadesError('fetch_page_address', { url: printable(url).slice(0, 200), ...answer });
};

/**
 * The shortest address that {@link expandUrl} leads to the same gist; other addresses come back as they are.
 * Revision and file name are left out, for they do not fit into a commitment: a gist of several files yields
 * its first. The commitment's hash tells whether that is the right one, so fetch the short form before committing.
 *
 * @param maxBytes what fits; the owner's name is left out too when the address is longer
 */
export const shortenUrl = (url: string, maxBytes = 95): string => {
  const parts = partsOf(url);
  if (!parts || !GIST_HOSTS.has(parts.host)) return url;
  const [owner, id] = gistOf(parts.segments);
  if (!id) return url;
  const named = owner ? `https://gist.github.com/${owner}/${id}` : undefined;
  return named && Buffer.byteLength(named) <= maxBytes ? named : `https://gist.github.com/${id}`;
};

const GIST_HOSTS = new Set(['gist.github.com', 'gist.githubusercontent.com']);

const partsOf = (text: string): UrlParts | undefined => {
  if (!URL.canParse(text)) return undefined;
  const { protocol, host, pathname, searchParams } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  const segments = pathname.split('/').filter((segment) => segment !== '');
  return { host: host.replace(/^www\./, '').replace(/\.$/, ''), segments, query: searchParams };
};
