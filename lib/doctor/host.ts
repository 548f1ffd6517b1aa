import { statfs } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { CrusadesError } from '../errors/index.js';
import { cacheDirectory, findPython, isOpenToAll, missingItems } from '../provision/index.js';
import { installedGpus, isPortFree } from '../stack/index.js';
import { fail, ok, warn, type Finding } from './types.js';

const GIGABYTE = 1024 ** 3;
/** The evaluator's environment has 5 GB, and its packages are unpacked beside it. */
const SPACE_TO_PROVISION = 12 * GIGABYTE;
const SPACE_TO_RUN = 2 * GIGABYTE;

export const checkNode = async (): Promise<Finding> => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const recent = major > 20 || (major === 20 && minor >= 19);
  return recent
    ? ok('Node', process.versions.node)
    : fail('Node', `${process.versions.node} is too old`, 'Install Node 20.19 or newer.');
};

export const checkPython = async (): Promise<Finding> => {
  try {
    const { command, version, openToAll } = await findPython();
    if (openToAll || process.getuid?.() !== 0) return ok('Python', `${version} at ${command}`);
    return warn(
      'Python',
      `${version} at ${command}, which other users cannot read`,
      'Install a Python in a system folder (apt install python3), so that contestants can run under another user.',
    );
  } catch (error) {
    if (!(error instanceof CrusadesError)) throw error;
    return fail('Python', error.message, error.remedy);
  }
};

export const checkDisk = async (): Promise<Finding> => {
  const cache = cacheDirectory();
  const { bavail, bsize } = await statfs(nearestExisting(cache));
  const free = bavail * bsize;
  const needed = missingItems(['evaluator']).length > 0 ? SPACE_TO_PROVISION : SPACE_TO_RUN;
  const detail = `${(free / GIGABYTE).toFixed(1)} GB free for ${cache}`;
  if (free >= needed) return ok('disk', detail);
  const next = `Free ${Math.ceil(needed / GIGABYTE)} GB, or name another place in CRUSADES_CACHE_DIR.`;
  return warn('disk', detail, next);
};

export const checkGpu = async (): Promise<Finding> => {
  const gpus = await installedGpus();
  return ok('GPU', gpus.length > 0 ? gpus.join(', ') : 'none found; the class `cpu` needs none');
};

/** For the isolation of contestants, who run under another user where the host allows it. */
export const checkIsolation = async (): Promise<Finding> => {
  const name = 'isolation';
  if (process.getuid?.() !== 0) {
    return warn(
      name,
      'not root: contestants run under the same user as the referee',
      'Run GPU workers as root (or in the container image) before evaluating code of strangers.',
    );
  }
  if (isOpenToAll(cacheDirectory())) return ok(name, 'contestants run under another user');
  return warn(
    name,
    `other users cannot reach ${cacheDirectory()}`,
    'Name a directory in CRUSADES_CACHE_DIR that every user may enter.',
  );
};

/** Ports are no obstacle: a taken one is replaced by the next free one. */
export const checkPorts = async (): Promise<Finding> => {
  const usual = { Temporal: 7233, 'Temporal UI': 8233, Postgres: 5432, devnet: 9944 };
  const taken: string[] = [];
  for (const [name, port] of Object.entries(usual)) {
    if (!(await isPortFree(port))) taken.push(`${port} (${name})`);
  }
  const detail =
    taken.length > 0 ? `taken: ${taken.join(', ')}; the next free ones are used` : 'usual ones free';
  return ok('ports', detail);
};

const nearestExisting = (path: string): string => (existsSync(path) ? path : nearestExisting(dirname(path)));
