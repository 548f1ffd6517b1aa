import { existsSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crusadesError } from '../errors/index.js';
import { isInstalled, install } from './install.js';
import { findOnPath, isOpenToAll } from './locations.js';
import { runCommand } from './run.js';

/** An interpreter that fits: Python ≥ 3.10. */
export interface Python {
  readonly command: string;
  /** `3.11.7` */
  readonly version: string;
  /** Whether other users can execute it and read its standard library. */
  readonly openToAll: boolean;
}

const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const SYSTEM_FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
const ASK_TIMEOUT_SECONDS = 20;
const VENV_TIMEOUT_SECONDS = 120;
const DESCRIBE =
  'import sys; print(".".join(map(str, sys.version_info[:3])), sys.base_prefix, sys.executable, sep="\\n")';

interface SearchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The interpreter for the evaluator. CRUSADES_PYTHON decides; else one that other users can read, since contestants
 * import from its standard library under another user; else whichever fits.
 *
 * @throws provision_failed when there is none
 */
export const findPython = async ({ signal, env = process.env }: SearchOptions = {}): Promise<Python> => {
  const tried: string[] = [];
  const fitting: Python[] = [];
  for (const command of candidates(env)) {
    const found = await describe(command, { signal, env });
    if (typeof found === 'string') tried.push(`${command} (${found})`);
    else fitting.push(found);
    if (fitting.at(-1)?.openToAll || (env['CRUSADES_PYTHON'] && fitting.length > 0)) break;
  }
  const best = fitting.find(({ openToAll }) => openToAll) ?? fitting[0];
  if (best !== undefined) return best;
  throw crusadesError('provision_failed', {
    item: 'Python 3.10 or newer',
    tried: tried.join('; ') || 'python3 on PATH (not there)',
    next: 'Install it (Debian, Ubuntu: apt install python3 python3-venv) or name one in CRUSADES_PYTHON.',
  });
};

/**
 * An interpreter whose `pip` works: one that has it, else a small virtual environment in the cache.
 *
 * @throws provision_failed naming the system package when Python came without both
 */
export const pythonWithPip = async (
  item: string,
  { cache, signal, env = process.env }: SearchOptions & { readonly cache: string },
): Promise<string> => {
  const folder = join(cache, 'pip');
  const own = join(folder, 'bin/python');
  if (isInstalled(folder) && existsSync(own)) return own;
  const { command } = await findPython({ signal, env });
  const timeoutSeconds = ASK_TIMEOUT_SECONDS;
  const asked = await runCommand(command, ['-m', 'pip', '--version'], { timeoutSeconds, signal, env });
  if (asked.code === 0) return command;
  await mkdir(cache, { recursive: true, mode: 0o755 });
  await install(folder, async (draft) => {
    const made = await runCommand(command, ['-m', 'venv', draft], {
      timeoutSeconds: VENV_TIMEOUT_SECONDS,
      signal,
      env,
    });
    if (made.code === 0) return { command };
    throw crusadesError('provision_failed', {
      item,
      tried: `pip of ${command} (not installed); a virtual environment with pip (${lastLine(made.output)})`,
      next: 'Install pip or venv for this Python (Debian, Ubuntu: apt install python3-venv python3-pip).',
    });
  });
  return own;
};

const candidates = (env: NodeJS.ProcessEnv): string[] => {
  if (env['CRUSADES_PYTHON']) return [env['CRUSADES_PYTHON']];
  const onPath = NAMES.map((name) => findOnPath(name, env)).filter((path) => path !== null);
  const system = SYSTEM_FOLDERS.map((folder) => join(folder, 'python3')).filter((path) => existsSync(path));
  return [...new Set([...onPath, ...system])];
};

const describe = async (command: string, { signal, env }: SearchOptions): Promise<Python | string> => {
  const { code, output } = await runCommand(command, ['-c', DESCRIBE], {
    timeoutSeconds: ASK_TIMEOUT_SECONDS,
    signal,
    ...(env && { env }),
  });
  const [version, prefix, executable] = output.split('\n');
  if (code !== 0 || !version || !prefix || !executable) return 'does not run';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 10)) return `is ${version}, too old`;
  const openToAll = [executable, realpathSync(executable), prefix].every(isOpenToAll);
  // What a launcher like pyenv's stands for; a named one is taken as it is.
  return { command: env?.['CRUSADES_PYTHON'] ? command : executable, version, openToAll };
};

const lastLine = (output: string): string => output.split('\n').at(-1)?.trim() ?? '';
