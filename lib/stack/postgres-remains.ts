import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crusadesError } from '../errors/index.js';
import { processStart } from '../provision/process-lock.mjs';

/** A server whose owner was killed is killed by the guard; that takes a moment. */
const PATIENCE_MS = 3_000;
const POLL_MS = 100;

/**
 * Makes a data directory startable after its server was killed. Postgres judges `postmaster.pid` by the process id
 * alone, so that a stranger who got the number since would keep it from starting; and backends that outlive their
 * server hold its shared memory.
 *
 * @throws argument_invalid when a living server uses the directory
 */
export const clearRemains = async (dataDir: string): Promise<void> => {
  const lockFile = join(dataDir, 'postmaster.pid');
  const deadline = Date.now() + PATIENCE_MS;
  while (existsSync(lockFile)) {
    const pid = Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
    if (!servesDirectory(pid, dataDir)) {
      for (const backend of processesIn(dataDir)) killQuietly(backend);
      await rm(lockFile, { force: true });
      return;
    }
    if (Date.now() > deadline) {
      throw crusadesError('argument_invalid', {
        argument: dataDir,
        reason: `another Postgres (process ${pid}) is using this data directory; stop it, or choose another one`,
      });
    }
    await sleep(POLL_MS);
  }
};

const servesDirectory = (pid: number, dataDir: string): boolean => {
  if (!Number.isInteger(pid) || pid <= 1 || processStart(pid) === null) return false;
  const folder = workingDirectory(pid);
  // Where the system does not tell, Postgres itself has the last word.
  return folder === null || folder === realpathSync(dataDir);
};

/** A server and its backends all work in the data directory. */
const processesIn = (dataDir: string): number[] => {
  if (!existsSync('/proc/self')) return [];
  const folder = realpathSync(dataDir);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && workingDirectory(pid) === folder && isPostgres(pid));
};

const workingDirectory = (pid: number): string | null => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
};

const isPostgres = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    return false;
  }
};

const killQuietly = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
};
