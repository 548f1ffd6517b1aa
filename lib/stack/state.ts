import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crusadesError } from '../errors/index.js';
import { stateDirectory } from '../provision/index.js';
import { tryLock } from '../provision/process-lock.mjs';

/** Where one machine's processes keep what survives them. */
export interface StateLayout {
  readonly directory: string;
  readonly postgres: string;
  readonly temporalDb: string;
  readonly devnet: string;
  readonly logs: string;
  readonly logFile: (process: string) => string;
}

/** @param override a directory of the operator's; default: the profile's own beneath `.crusades/state` */
export const stateLayout = (profile: string, override?: string): StateLayout => {
  const directory = override === undefined ? stateDirectory(profile) : resolve(override);
  const logs = join(directory, 'logs');
  return {
    directory,
    postgres: join(directory, 'postgres'),
    temporalDb: join(directory, 'temporal.db'),
    devnet: join(directory, 'devnet.json'),
    logs,
    logFile: (process) => join(logs, `${process}.log`),
  };
};

/**
 * Takes the state directory for this process; a lock that a killed process left counts for nothing.
 *
 * @throws argument_invalid when another process works with it
 */
export const lockState = (layout: StateLayout, what: string): { release(): void } => {
  mkdirSync(layout.directory, { recursive: true });
  const lock = tryLock(join(layout.directory, 'lock'), what);
  if ('release' in lock) return lock;
  const { pid, what: theirs } = lock.holder;
  throw crusadesError('argument_invalid', {
    argument: layout.directory,
    reason: `\`${theirs}\` (process ${pid}) works with this state directory; stop it, or choose another one with --state`,
  });
};
