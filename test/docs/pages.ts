import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Whatever is installed, built or kept by tools. */
const isNotOurs = (name: string): boolean =>
  name.startsWith('.') || ['node_modules', 'dist', 'coverage'].includes(name);

/** Every Markdown file of the project, relative to its root. */
export const markdownFiles = (folder = ''): readonly string[] =>
  readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return isNotOurs(entry.name) ? [] : markdownFiles(file);
    return entry.name.endsWith('.md') ? [file] : [];
  });

export const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

export const exists = (file: string): boolean =>
  statSync(path.join(ROOT, file), { throwIfNoEntry: false }) !== undefined;

/** A page's text without what is quoted: code blocks and code spans hold no links. */
export const proseOf = (markdown: string): string =>
  markdown.replaceAll(/^(```|~~~)[^]*?^\1/gm, '').replaceAll(/(`+)[^`]+?\1/g, '');

/** Targets of inline links and images, in order. */
export const linksOf = (markdown: string): readonly string[] =>
  [...proseOf(markdown).matchAll(/\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g)].map(([, target = '']) => target);

/** What links to headings look like, as GitHub makes it: lower case, hyphens for spaces, -1 for the second. */
export const anchorsOf = (markdown: string): ReadonlySet<string> => {
  const anchors = new Set<string>();
  const text = markdown.replaceAll(/^(```|~~~)[^]*?^\1/gm, '');
  for (const [, heading = ''] of text.matchAll(/^#{1,6} +(.+?)\s*$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
};

/** The lines of a page's ```sh blocks, comments left out. */
export const shellLinesOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^```sh\n([^]*?)^```/gm)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
