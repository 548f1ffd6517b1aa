import { readdir, readFile } from 'node:fs/promises';

import { ENTRY } from '../../lib/scan/rules/index.js';

/** One fragment of a file that holds many: see test/evasions/README.md. */
export interface ScanFragment {
  /** What the header says before the colon; empty in honest fragments. */
  readonly rule: string;
  readonly title: string;
  /** File and line of the header, as an editor opens it. */
  readonly place: string;
  readonly code: string;
}

/** The fragment with the entry function that every submission needs, where it is about something else. */
export const completed = ({ rule, code }: ScanFragment): string =>
  rule === 'entry_missing' || /^(async )?def inner_steps\(/m.test(code) ? code : `${code}\n\n${ENTRY}`;

const HEADER = /^# == (?:(\w+): )?(.+)$/;

/** All fragments of a folder below test/, in the order of files and lines. */
export const readFragments = async (folder: string): Promise<readonly ScanFragment[]> => {
  const root = new URL(`../${folder}/`, import.meta.url);
  const files = (await readdir(root)).filter((file) => file.endsWith('.py')).sort();
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, root), 'utf8')));
  return texts.flatMap((text, index) => fragmentsOf(text, `test/${folder}/${files[index] ?? ''}`));
};

const fragmentsOf = (text: string, file: string): readonly ScanFragment[] => {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => (HEADER.test(line) ? [index] : []));
  return starts.map((start, position) => {
    const [, rule = '', title = ''] = HEADER.exec(lines[start] ?? '') ?? [];
    const code = lines.slice(start + 1, starts[position + 1]).join('\n');
    return { rule, title, place: `${file}:${start + 1}`, code: `${code.trimEnd()}\n` };
  });
};
