import { setTimeout as sleep } from 'node:timers/promises';
import { describeExit } from './process.js';
import type { ExitStatus, ManagedProcess } from './types.js';

/** What happened to a supervised process. */
export type SupervisionEvent =
  | { readonly kind: 'started'; readonly name: string; readonly pid: number }
  | {
      readonly kind: 'ended';
      readonly name: string;
      readonly status: string;
      readonly log: string;
      readonly restartSeconds: number;
    }
  | {
      readonly kind: 'not_started';
      readonly name: string;
      readonly reason: string;
      readonly restartSeconds: number;
    };

export interface Supervised {
  readonly name: string;
  /** The process that runs now, or ran last. */
  readonly process: () => ManagedProcess;
  /** Stops it for good. */
  readonly stop: () => Promise<void>;
}

const FIRST_RESTART_SECONDS = 1;
const LONGEST_RESTART_SECONDS = 30;
/** Whoever ran for so long is restarted quickly again. */
const STEADY_SECONDS = 60;

/** Seconds before the next start: doubled with each end after a short run. */
export const restartDelay = (previous: number | null, ranSeconds: number): number =>
  previous === null || ranSeconds >= STEADY_SECONDS
    ? FIRST_RESTART_SECONDS
    : Math.min(previous * 2, LONGEST_RESTART_SECONDS);

/**
 * Starts a process and starts it again whenever it ends, until it is stopped.
 *
 * @param start is called for each start; it should take the same port each time
 * @throws what the first start throws; later failures are told to `onEvent` and tried again
 */
export const supervise = async (
  name: string,
  start: (signal: AbortSignal) => Promise<ManagedProcess>,
  onEvent: (event: SupervisionEvent) => void,
): Promise<Supervised> => {
  const stopping = new AbortController();
  let current = await start(stopping.signal);
  onEvent({ kind: 'started', name, pid: current.pid });

  const keepRunning = async (): Promise<void> => {
    let delay: number | null = null;
    for (;;) {
      const since = Date.now();
      const status = await current.exited;
      if (stopping.signal.aborted) return;
      delay = restartDelay(delay, (Date.now() - since) / 1000);
      onEvent(ended(name, status, current.logFile, delay));
      const next = await startAgain(delay);
      if (next === null) return;
      current = next;
      onEvent({ kind: 'started', name, pid: current.pid });
    }
  };

  const startAgain = async (firstDelay: number): Promise<ManagedProcess | null> => {
    for (let delay = firstDelay; ; delay = restartDelay(delay, 0)) {
      await sleep(delay * 1000, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return null;
      try {
        return await start(stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) return null;
        const reason = error instanceof Error ? error.message : String(error);
        onEvent({ kind: 'not_started', name, reason, restartSeconds: restartDelay(delay, 0) });
      }
    }
  };

  const running = keepRunning();
  return {
    name,
    process: () => current,
    async stop() {
      stopping.abort();
      await current.stop();
      await running;
    },
  };
};

const ended = (name: string, status: ExitStatus, log: string, restartSeconds: number): SupervisionEvent => ({
  kind: 'ended',
  name,
  status: describeExit(status),
  log,
  restartSeconds,
});
