/** A URL as the hosts below read it. */
export interface UrlParts {
  /** Without `www.` and without the dot that a name may end in; with its port, so that only the usual one is known. */
  readonly host: string;
  /** Of the path, still percent-encoded, without empty ones. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** Where the file is, or what the page is and which address to use instead; undefined: nothing is known of it. */
export type PageAnswer =
  { readonly raw: string } | { readonly what: string; readonly use: string } | undefined;

type Host = (parts: UrlParts) => PageAnswer;

/** Gists are addressed as `/owner/id` or `/id`; an embedded one has `.js` behind its id, a cloned one `.git`. */
export const gistOf = ([one = '', two = '']: readonly string[]): readonly [
  string | undefined,
  string | undefined,
] => {
  const [first, second] = [one, two].map((segment) => segment.replace(/\.(js|git|json|pibb)$/, ''));
  if (second && GIST_ID.test(second)) return [first, second];
  return first && GIST_ID.test(first) ? [undefined, first] : [undefined, undefined];
};

const GIST_ID = /^[0-9a-f]{20,40}$/;
const REVISION = /^[0-9a-f]{6,40}$/;

const gist: Host = ({ segments }) => {
  const [owner, id] = gistOf(segments);
  if (!id) return undefined;
  const [view = '', ...rest] = segments.slice(owner ? 2 : 1);
  if (view === 'raw' || view === 'archive' || rest.length > 0) return undefined;
  // Without the owner only GitHub's redirect knows where the raw file is.
  const raw = owner
    ? `https://gist.githubusercontent.com/${owner}/${id}/raw`
    : `https://gist.github.com/${id}/raw`;
  return { raw: REVISION.test(view) ? `${raw}/${view}` : raw };
};

const github: Host = ({ segments: [owner, repository, view, ...path] }) => {
  if (!owner || !repository) return undefined;
  const raw = `https://raw.githubusercontent.com/${owner}/${repository}`;
  if (FILE_VIEWS.has(view ?? '') && path.length >= 2) return { raw: `${raw}/${path.join('/')}` };
  if (view === undefined) return repositoryPage(`${raw}/BRANCH/train.py`);
  if (view === 'tree') return folderPage(`${raw}/${path.join('/') || 'BRANCH'}/train.py`);
  return undefined;
};

const gitlab: Host = ({ segments }) => {
  const at = segments.indexOf('-');
  const [view = '', ...path] = at < 0 ? [] : segments.slice(at + 1);
  const base = ['https://gitlab.com', ...segments.slice(0, at < 0 ? undefined : at)].join('/');
  if (FILE_VIEWS.has(view) && path.length >= 2) return { raw: `${base}/-/raw/${path.join('/')}` };
  if (view === 'tree') return folderPage(`${base}/-/raw/${path.join('/') || 'BRANCH'}/train.py`);
  if (view === 'snippets' && path.length === 1) return { raw: `${base}/-/snippets/${path.join('')}/raw` };
  const [snippets, id, ...rest] = segments;
  if (snippets === 'snippets' && id && rest.length === 0) {
    return { raw: `https://gitlab.com/-/snippets/${id}/raw` };
  }
  return undefined;
};

const bitbucket: Host = ({ segments: [owner, repository, view, ...path] }) => {
  if (!owner || !repository) return undefined;
  const base = `https://bitbucket.org/${owner}/${repository}/raw`;
  if (view === 'src' && path.length >= 2) return { raw: `${base}/${path.join('/')}` };
  return view === undefined || view === 'src' ? repositoryPage(`${base}/BRANCH/train.py`) : undefined;
};

const codeberg: Host = ({ segments: [owner, repository, view, ...path] }) => {
  if (!owner || !repository) return undefined;
  const base = `https://codeberg.org/${owner}/${repository}/raw`;
  if (view === 'src' && path.length >= 3) return { raw: `${base}/${path.join('/')}` };
  return view === undefined || view === 'src' ? repositoryPage(`${base}/branch/BRANCH/train.py`) : undefined;
};

const huggingFace: Host = ({ segments }) => {
  const at = segments.indexOf('blob');
  if (at < 1 || segments.length < at + 3) return undefined;
  const [before, after] = [segments.slice(0, at), segments.slice(at + 1)];
  return { raw: ['https://huggingface.co', ...before, 'resolve', ...after].join('/') };
};

const drive: Host = ({ segments: [kind, d, named], query }) => {
  const id = kind === 'file' && d === 'd' ? named : kind === 'open' ? query.get('id') : undefined;
  return id ? { raw: `https://drive.google.com/uc?export=download&id=${encodeURIComponent(id)}` } : undefined;
};

const dropbox: Host = ({ segments, query }) => {
  if ((segments[0] !== 's' && segments[0] !== 'scl') || query.get('dl') === '1') return undefined;
  const asked = new URLSearchParams(query);
  asked.set('dl', '1');
  return { raw: `https://www.dropbox.com/${segments.join('/')}?${asked.toString()}` };
};

const pastebin: Host = ({ segments }) => {
  const [view, id] = segments.length === 1 ? ['', segments[0]] : segments;
  if (!['', 'dl', 'print', 'embed', 'embed_js', 'embed_iframe', 'clone'].includes(view ?? ''))
    return undefined;
  return segments.length <= 2 && id && /^\w{8}$/.test(id)
    ? { raw: `https://pastebin.com/raw/${id}` }
    : undefined;
};

/** A pastebin whose pages are `/ID`, perhaps behind a folder, with the name of a language as a suffix. */
const pastes =
  (folder: string, raw: (id: string) => string): Host =>
  ({ segments }) => {
    const path = folder === '' ? segments : segments[0] === folder ? segments.slice(1) : [];
    const id = path.length === 1 ? path[0]?.replace(/\.\w+$/, '') : undefined;
    return id && /^[\w-]{3,40}$/.test(id) && id !== 'raw' ? { raw: raw(id) } : undefined;
  };

/** dpaste.com shows a paste at `/ID` and gives its text at `/ID.txt`. */
const dpasteCom: Host = ({ segments: [id = '', ...rest] }) =>
  rest.length === 0 && /^\w{6,12}$/.test(id) ? { raw: `https://dpaste.com/${id}.txt` } : undefined;

const debian: Host = ({ segments: [first = '', second] }) => {
  if (first === 'hidden' && second) return { raw: `https://paste.debian.net/plainh/${second}` };
  return /^\d+$/.test(first) ? { raw: `https://paste.debian.net/plain/${first}` } : undefined;
};

/** A host that hands a file out only to a browser, or not at all. */
const shows =
  (what: string): Host =>
  ({ segments }) =>
    segments.length > 0 ? { what, use: A_GIST } : undefined;

const A_GIST = 'for example that of a gist, https://gist.github.com/OWNER/ID';
const FILE_VIEWS = new Set(['blob', 'blame', 'edit']);

const repositoryPage = (use: string): PageAnswer => ({ what: 'the page of a repository', use });
const folderPage = (use: string): PageAnswer => ({ what: 'the page of a folder', use });

/** What is known of hosts that people keep code on. */
export const HOSTS: ReadonlyMap<string, Host> = new Map([
  ['gist.github.com', gist],
  ['github.com', github],
  ['gitlab.com', gitlab],
  ['bitbucket.org', bitbucket],
  ['codeberg.org', codeberg],
  ['huggingface.co', huggingFace],
  ['drive.google.com', drive],
  ['dropbox.com', dropbox],
  ['pastebin.com', pastebin],
  ['dpaste.com', dpasteCom],
  ['dpaste.org', pastes('', (id) => `https://dpaste.org/${id}/raw`)],
  ['paste.ee', pastes('p', (id) => `https://paste.ee/r/${id}`)],
  ['bpa.st', pastes('', (id) => `https://bpa.st/raw/${id}`)],
  ['paste.debian.net', debian],
  ['colab.research.google.com', shows('a notebook')],
  ['docs.google.com', shows('a document')],
  ['hastebin.com', shows('a page that gives its text only for a token')],
  ['rentry.co', shows('a page that gives its text only to a browser')],
  ['justpaste.it', shows('a page that gives its text only to a browser')],
]);
