/**
 * Turns the address of a page that shows a file into the address of the file: gists and files on GitHub.
 * Any other address comes back as it is.
 */
export const expandUrl = (url: string): string => {
  const parts = parse(url);
  if (!parts) return url;
  if (parts.host === 'gist.github.com') return expandGist(parts) ?? url;
  if (parts.host === 'github.com') return expandBlob(parts) ?? url;
  return url;
};

/**
 * The shortest address that {@link expandUrl} leads to the same gist; other addresses come back as they are.
 * Revision and file name are left out, for they do not fit into a commitment: a gist of several files yields
 * its first. The commitment's hash tells whether that is the right one, so fetch the short form before committing.
 *
 * @param maxBytes what fits; the owner's name is left out too when the address is longer
 */
export const shortenUrl = (url: string, maxBytes = 95): string => {
  const parts = parse(url);
  if (!parts || !GIST_HOSTS.has(parts.host)) return url;
  const [owner, id] = gistOf(parts.segments);
  if (!id) return url;
  const named = owner ? `https://gist.github.com/${owner}/${id}` : undefined;
  return named && Buffer.byteLength(named) <= maxBytes ? named : `https://gist.github.com/${id}`;
};

interface Parts {
  readonly host: string;
  readonly segments: readonly string[];
}

const GIST_HOSTS = new Set(['gist.github.com', 'gist.githubusercontent.com']);
const GIST_ID = /^[0-9a-f]{20,40}$/;

const parse = (text: string): Parts | undefined => {
  if (!URL.canParse(text)) return undefined;
  const { protocol, host, pathname } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  return { host, segments: pathname.split('/').filter((segment) => segment !== '') };
};

/** Gists are addressed as `/owner/id` or `/id`. */
const gistOf = ([first = '', second = '']: readonly string[]): readonly [
  string | undefined,
  string | undefined,
] => {
  if (GIST_ID.test(second)) return [first, second];
  return GIST_ID.test(first) ? [undefined, first] : [undefined, undefined];
};

const expandGist = ({ segments }: Parts): string | undefined => {
  const [owner, id] = gistOf(segments);
  if (!id) return undefined;
  const rest = segments.slice(owner ? 2 : 1);
  if (rest[0] === 'raw') return undefined;
  // Without the owner only GitHub's redirect knows where the raw file is.
  const raw = owner
    ? `https://gist.githubusercontent.com/${owner}/${id}/raw`
    : `https://gist.github.com/${id}/raw`;
  return rest.length === 0 ? raw : `${raw}/${rest.join('/')}`;
};

const expandBlob = ({ segments }: Parts): string | undefined => {
  const [owner, repository, view, ...path] = segments;
  if (!owner || !repository || view !== 'blob' || path.length < 2) return undefined;
  return `https://raw.githubusercontent.com/${owner}/${repository}/${path.join('/')}`;
};
