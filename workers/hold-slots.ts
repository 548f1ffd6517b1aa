import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivitySlotInfo, CustomSlotSupplier, WorkerTuner } from '@temporalio/worker';
import { CrusadesError } from '../lib/errors/index.js';
import type { Logger } from '../lib/telemetry/index.js';

export interface HoldSlotOptions {
  /** Starts a referee unless one is warm; throws when none can start. */
  readonly warmUp: () => Promise<void>;
  readonly logger: Logger;
  /** Pause after the first start that failed; it doubles with each further one. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * One hold at a time, and none is asked for while no referee can start: a broken GPU would fail one submission after
 * the other, each within a second, and use up the losses that they may have.
 */
export const holdSlots = ({
  warmUp,
  logger,
  firstPauseMs = FIRST_PAUSE_MS,
  longestPauseMs = LONGEST_PAUSE_MS,
}: HoldSlotOptions): CustomSlotSupplier<ActivitySlotInfo> => {
  let free = true;
  const waiting = new Set<() => void>();

  const acquire = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    while (!free) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
      signal.throwIfAborted();
    }
    free = false;
  };

  const release = (): void => {
    free = true;
    for (const wake of [...waiting]) wake();
  };

  const untilFit = async (signal: AbortSignal): Promise<void> => {
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        return await warmUp();
      } catch (error) {
        signal.throwIfAborted();
        const fault = error instanceof CrusadesError ? error.report() : { error: String(error) };
        logger.error(
          { fault, pauseSeconds: pause / 1000 },
          'no referee can start on this GPU: it takes no hold',
        );
      }
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
  };

  return {
    type: 'custom',
    async reserveSlot(_context, signal) {
      await acquire(signal);
      try {
        await untilFit(signal);
        signal.throwIfAborted();
      } catch (error) {
        release();
        throw error;
      }
      return {};
    },
    // Eager tasks never come from a queue of holds.
    tryReserveSlot: () => null,
    markSlotUsed: () => undefined,
    releaseSlot: release,
  };
};

/** A tuner for a worker that takes nothing but holds. */
export const holdTuner = (options: HoldSlotOptions): WorkerTuner => ({
  activityTaskSlotSupplier: holdSlots(options),
  // Unused; a worker without workflows wants numbers all the same.
  workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 2 },
  localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
  nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
});
