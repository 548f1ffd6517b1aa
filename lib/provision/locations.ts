import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with package.json: of the checkout, or of the installed package. */
export const projectRoot = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
};

export const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * Whether any user may pass through the folder and all above it. A contestant, and Postgres under root, run as
 * other users and must reach what they execute: a home directory of mode 700 keeps them out.
 */
export const isOpenToAll = (path: string): boolean => {
  const folder = resolve(path);
  if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
  return dirname(folder) === folder || isOpenToAll(dirname(folder));
};

/**
 * Where provisioned things are kept: CRUSADES_CACHE_DIR, else the checkout's `.crusades/cache`. Outside of it when
 * other users could not reach it there, and when the program is installed where it may not write.
 */
export const cacheDirectory = (env: NodeJS.ProcessEnv = process.env): string => {
  if (env['CRUSADES_CACHE_DIR']) return resolve(env['CRUSADES_CACHE_DIR']);
  const root = projectRoot();
  if (isRoot() && !isOpenToAll(root)) return '/var/cache/crusades';
  if (isCheckout(root)) return join(root, '.crusades/cache');
  if (isRoot()) return '/var/cache/crusades';
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'crusades');
};

/** Where a network's processes keep what survives them: a folder of the data directory. */
export const stateDirectory = (profile: string, env: NodeJS.ProcessEnv = process.env): string =>
  join(dataDirectory(env), profile);

/** Where prepared corpora are: CRUSADES_CORPORA, else a folder of the data directory, for all networks. */
export const corporaDirectory = (env: NodeJS.ProcessEnv = process.env): string =>
  env['CRUSADES_CORPORA'] ? resolve(env['CRUSADES_CORPORA']) : join(dataDirectory(env), 'corpora');

/**
 * CRUSADES_DATA_DIR, else `.crusades/state`, or beneath /var/lib/crusades when Postgres, which does not run as root,
 * could not reach it there.
 */
const dataDirectory = (env: NodeJS.ProcessEnv): string => {
  if (env['CRUSADES_DATA_DIR']) return resolve(env['CRUSADES_DATA_DIR']);
  const root = projectRoot();
  if (isCheckout(root) && !(isRoot() && !isOpenToAll(root))) return join(root, '.crusades/state');
  if (isRoot()) return join('/var/lib/crusades', shortHash(root));
  return join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'crusades');
};

/** The first executable file of that name on PATH. */
export const findOnPath = (name: string, env: NodeJS.ProcessEnv = process.env): string | null =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable) ?? null;

export const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/** A name for a folder that holds what was made from these files. */
export const contentHash = (files: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
};

export const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Every file beneath a folder, in a fixed order, compiled Python left out. */
export const filesBeneath = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name === '__pycache__' || entry.name.endsWith('.egg-info')) return [];
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBeneath(path) : [path];
    });

const isCheckout = (root: string): boolean => existsSync(join(root, 'tsconfig.build.json'));
