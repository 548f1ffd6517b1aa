import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CrusadesError } from '../../../lib/errors/index.js';
import { readableError, unreadable } from './source.js';

/** One thing to check, under the name that people know it by. */
export interface Target {
  readonly name: string;
  readonly kind: 'file' | 'url';
  /** What keeps it from being read, where that is known already. */
  readonly error?: CrusadesError;
}

/** Whatever looks like an address is one; which schemes are good is the fetcher's to say. */
export const isAddress = (name: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(name);

/**
 * Files and URLs as they were named, and the `.py` files of folders, in the order of their names. Hidden folders and
 * files, virtual environments and what is named twice are left out. Within a folder, links to folders are not followed,
 * so that none leads in a circle.
 */
export const findTargets = async (names: readonly string[], signal: AbortSignal): Promise<Target[]> => {
  const targets = new Map<string, Target>();
  for (const name of names) {
    for (const target of isAddress(name) ? [url(name)] : await targetsOf(name, signal)) {
      const key = target.kind === 'url' ? target.name : path.resolve(target.name);
      if (!targets.has(key)) targets.set(key, target);
    }
  }
  return [...targets.values()];
};

const url = (name: string): Target => ({ name, kind: 'url' });
const file = (name: string): Target => ({ name, kind: 'file' });

const targetsOf = async (name: string, signal: AbortSignal): Promise<Target[]> => {
  if (!(await isFolder(name))) return [file(name)];
  const found: Target[] = [];
  await collect(name, found, signal);
  if (found.length > 0) return found;
  const reason = 'the folder holds no .py file (hidden ones and virtual environments are left out)';
  return [{ ...file(name), error: unreadable(name, reason) }];
};

const isFolder = async (name: string): Promise<boolean> => {
  try {
    return (await stat(name)).isDirectory();
  } catch {
    // Whoever reads it will say why.
    return false;
  }
};

const collect = async (
  folder: string,
  found: Target[],
  signal: AbortSignal,
  nested = false,
): Promise<void> => {
  signal.throwIfAborted();
  const entries = await entriesOf(folder);
  if (!Array.isArray(entries)) {
    found.push({ ...file(folder), error: entries });
    return;
  }
  // A nested environment is somebody else's code; the folder that was named is meant.
  if (nested && isEnvironment(entries)) return;
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (LEFT_OUT.test(entry.name)) continue;
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) await collect(name, found, signal, true);
    else if (entry.name.endsWith('.py') && !(entry.isSymbolicLink() && (await isFolder(name)))) {
      found.push(file(name));
    }
  }
};

/** Hidden ones, an editor's drafts among them, and packages of Node. */
const LEFT_OUT = /^(\..*|node_modules)$/;

/** What marks an environment of venv, virtualenv or uv, and one of conda. */
const isEnvironment = (entries: readonly Dirent[]): boolean =>
  entries.some(({ name }) => name === 'pyvenv.cfg' || name === 'conda-meta');

const entriesOf = async (folder: string): Promise<Dirent[] | CrusadesError> => {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const known = readableError(folder, error);
    if (known instanceof CrusadesError) return known;
    throw error;
  }
};
