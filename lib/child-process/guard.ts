import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./guard.mjs', import.meta.url));

/** Groups of which this process is the owner. */
const groups = new Set<number>();

let guard: ChildProcess | undefined;

/**
 * Sees to it that the process group ends with this process, even by kill -9: a small program holds the other end of
 * a pipe and kills the group when the pipe closes. It stands beside the group, not between it and its owner, so
 * that signals and exit codes are the process's own.
 */
export const guardGroup = (group: number): void => {
  groups.add(group);
  if (guard === undefined) startGuard();
  else tell(guard, `+${group}`);
};

export const releaseGroup = (group: number): void => {
  groups.delete(group);
  if (guard === undefined) return;
  tell(guard, `-${group}`);
  if (groups.size === 0) {
    guard.stdin?.end();
    guard = undefined;
  }
};

/** Starts the guard before there is anything to guard, so that a new group is known to it at once. */
export const prepareGuard = (): void => {
  if (guard === undefined) startGuard();
};

const startGuard = (): void => {
  const started = spawn(process.execPath, [PROGRAM], {
    // In a session of its own, or a terminal's Ctrl-C and a shell's kill of the group would reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  guard = started;
  started.on('error', () => forget(started));
  started.on('exit', () => forget(started));
  started.stdin.on('error', () => {});
  // Neither the guard nor its pipe keeps the owner running.
  started.unref();
  if ('unref' in started.stdin) (started.stdin as unknown as { unref(): void }).unref();
  for (const group of groups) tell(started, `+${group}`);
};

/** Somebody killed the guard itself: another one takes its place. */
const forget = (ended: ChildProcess): void => {
  if (guard !== ended) return;
  guard = undefined;
  if (groups.size > 0) startGuard();
};

const tell = (to: ChildProcess, line: string): void => {
  to.stdin?.write(`${line}\n`);
};

process.once('exit', () => {
  for (const group of groups) signalGroup(group, 'SIGKILL');
});

/** False when nothing of the group is left. */
export const signalGroup = (group: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
};
