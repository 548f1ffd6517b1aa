import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { crusadesError, type CrusadesError } from '../errors/index.js';
import { withoutPasswords } from '../wallet/password.js';
import { guardGroup, prepareGuard, releaseGroup, signalGroup } from '../child-process/guard.js';
import { followLines, lastLines, openLog } from './log.js';
import type { ExitStatus, ManagedProcess, ProcessSpec, Readiness } from './types.js';

const READY_POLL_MS = 50;
const PROBE_TIMEOUT_MS = 5_000;
const DEFAULT_READY_SECONDS = 30;
const DEFAULT_GRACE_SECONDS = 10;
const LOG_LINES_SHOWN = 15;

/**
 * Starts a process in a group of its own and waits until it is ready. It goes when this process goes, by whatever.
 *
 * @throws process_failed when it ends before it is ready, process_start_timeout when it is not ready in time, both
 *   with `lastLines` of the log; the signal's reason when that comes first
 */
export const startProcess = async (spec: ProcessSpec): Promise<ManagedProcess> => {
  spec.signal?.throwIfAborted();
  prepareGuard();
  const { descriptor, start } = openLog(spec.logFile);
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env ?? withoutPasswords(process.env),
    detached: true,
    stdio: ['ignore', descriptor, descriptor],
    ...(spec.uid !== undefined && { uid: spec.uid }),
    ...(spec.gid !== undefined && { gid: spec.gid }),
  });
  closeSync(descriptor);
  const exited = watchExit(child);
  const { pid } = child;
  if (pid === undefined) {
    await exited;
    throw failed(spec, start, 'could not be started', child);
  }
  guardGroup(pid);
  const managed = manage(spec, pid, exited);
  try {
    await untilReady(spec, start, exited);
  } catch (error) {
    await managed.stop();
    throw error;
  }
  return managed;
};

const manage = (spec: ProcessSpec, pid: number, exited: Promise<ExitStatus>): ManagedProcess => {
  let ended = false;
  // What the process itself leaves behind in its group must not outlive it.
  const gone = exited.then((status) => {
    ended = true;
    signalGroup(pid, 'SIGKILL');
    releaseGroup(pid);
    return status;
  });
  const kill = (signal: NodeJS.Signals): boolean => !ended && process.kill(pid, signal);
  let stopping: Promise<ExitStatus> | undefined;
  return {
    name: spec.name,
    pid,
    logFile: spec.logFile,
    exited: gone,
    kill,
    stop() {
      stopping ??= stopInTwoStages(kill, () => signalGroup(pid, 'SIGKILL'), gone, spec);
      return stopping;
    },
  };
};

const stopInTwoStages = async (
  kill: (signal: NodeJS.Signals) => boolean,
  killGroup: () => void,
  gone: Promise<ExitStatus>,
  { stopSignal = 'SIGTERM', graceSeconds = DEFAULT_GRACE_SECONDS }: ProcessSpec,
): Promise<ExitStatus> => {
  kill(stopSignal);
  const patience = setTimeout(killGroup, graceSeconds * 1000);
  try {
    return await gone;
  } finally {
    clearTimeout(patience);
  }
};

const watchExit = (child: ChildProcess): Promise<ExitStatus> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });

const untilReady = async (spec: ProcessSpec, start: number, exited: Promise<ExitStatus>): Promise<void> => {
  const seconds = spec.readyTimeoutSeconds ?? DEFAULT_READY_SECONDS;
  const deadline = AbortSignal.timeout(seconds * 1000);
  const signal = spec.signal ? AbortSignal.any([deadline, spec.signal]) : deadline;
  const isReady = readinessCheck(spec.ready, spec.logFile, start);
  let status: ExitStatus | undefined;
  void exited.then((ended) => (status = ended));
  while (!(await isReady(signal))) {
    if (status !== undefined) throw failed(spec, start, describeExit(status));
    spec.signal?.throwIfAborted();
    if (deadline.aborted) {
      throw crusadesError('process_start_timeout', {
        process: spec.name,
        seconds,
        log: spec.logFile,
        lastLines: lastLines(spec.logFile, start, LOG_LINES_SHOWN),
      });
    }
    await sleep(READY_POLL_MS);
  }
};

const readinessCheck = (
  ready: Readiness,
  logFile: string,
  start: number,
): ((signal: AbortSignal) => Promise<boolean>) => {
  if ('line' in ready) {
    const nextLines = followLines(logFile, start);
    return async () => nextLines().some(ready.line);
  }
  return async (signal) => {
    try {
      return await ready.probe(AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]));
    } catch {
      return false;
    }
  };
};

const failed = (spec: ProcessSpec, start: number, how: string, child?: ChildProcess): CrusadesError => {
  const lines = lastLines(spec.logFile, start, LOG_LINES_SHOWN);
  const words = lastWords(lines) ?? (child ? spec.command : undefined);
  return crusadesError('process_failed', {
    process: spec.name,
    status: words ? `${how}: ${words}` : how,
    log: spec.logFile,
    lastLines: lines,
  });
};

/** The last line; of our own programs, which end with a message, its remedy and the code, the message. */
const lastWords = (lines: readonly string[]): string | undefined => {
  const last = lines.at(-1);
  const ours = last !== undefined && /^\([a-z_]+\)$/.test(last);
  return ours ? (lines.at(-3)?.replace(/\.$/, '') ?? last) : last;
};

/** `exit code 1`, `SIGKILL` */
export const describeExit = ({ code, signal }: ExitStatus): string =>
  signal ?? (code === null ? 'could not be started' : `exit code ${code}`);
