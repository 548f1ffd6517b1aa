import { CrusadesError, crusadesError } from '../errors/index.js';
import { makesGpuUnfit } from './faults.js';
import type { EvaluatorSession } from './session.js';

/** Why a hold ended. */
export type HoldEnd = 'released' | 'draining';

interface Hold {
  readonly id: string;
  readonly ended: Promise<HoldEnd>;
  end(reason: HoldEnd): void;
}

/**
 * The one GPU of this worker process: who holds it, and the warm referee on it.
 *
 * Temporal gives the worker one hold at a time; the slot guards what Temporal cannot see: attempts of a
 * hold that has been lost meanwhile, a worker that is asked to stop, and a referee that died.
 */
export interface GpuSlot {
  /** Name of the task queue on which this worker alone takes attempts. */
  readonly queue: string;
  /** Starts the referee ahead of a hold, unless one is warm. Throws what keeps it from starting. */
  warmUp(): Promise<void>;
  /** Begins a hold. The former one, if Temporal has given it up, ends at once. */
  take(holdId: string): Promise<{ session: EvaluatorSession; ended: Promise<HoldEnd> }>;
  /** Ends the hold if it is still this one; releasing twice, or late, changes nothing. */
  release(holdId: string): void;
  /**
   * Runs `use` with the warm referee, one at a time. An error that makes the GPU unfit ends that referee.
   * @throws `gpu_hold_lost` unless `holdId` still holds the GPU
   */
  use<T>(holdId: string, use: (session: EvaluatorSession) => Promise<T>): Promise<T>;
  /** No new hold from now on; the current one ends as soon as no attempt runs. */
  drain(): void;
  close(): Promise<void>;
}

export function createGpuSlot(queue: string, startSession: () => Promise<EvaluatorSession>): GpuSlot {
  let session: Promise<EvaluatorSession> | undefined;
  let hold: Hold | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let busy = 0;
  let draining = false;

  // Chained on what was there before: two callers at once never start two referees.
  const warmSession = (): Promise<EvaluatorSession> => {
    const before = session;
    session = (async () => {
      const current = await before?.catch(() => undefined);
      if (current?.alive()) return current;
      await current?.close();
      return startSession();
    })();
    return session;
  };

  const endIfDraining = (): void => {
    if (!draining || busy > 0) return;
    hold?.end('draining');
    hold = undefined;
  };

  return {
    queue,

    async warmUp() {
      await warmSession();
    },

    async take(holdId) {
      hold?.end('released');
      const taken = newHold(holdId);
      hold = taken;
      endIfDraining();
      return { session: await warmSession(), ended: taken.ended };
    },

    release(holdId) {
      if (hold?.id !== holdId) return;
      hold.end('released');
      hold = undefined;
    },

    async use(holdId, use) {
      const before = running;
      busy += 1;
      const mine = (async () => {
        await before.catch(() => undefined);
        if (hold?.id !== holdId) throw crusadesError('gpu_hold_lost', { queue });
        const current = await warmSession();
        try {
          return await use(current);
        } catch (error) {
          // The next referee starts only if it finds the GPU fit.
          if (error instanceof CrusadesError && makesGpuUnfit(error.code)) await current.close();
          throw error;
        }
      })();
      running = mine;
      try {
        return await mine;
      } finally {
        busy -= 1;
        endIfDraining();
      }
    },

    drain() {
      draining = true;
      endIfDraining();
    },

    async close() {
      hold?.end('released');
      const last = await session?.catch(() => undefined);
      await last?.close();
    },
  };
}

function newHold(id: string): Hold {
  let end: (reason: HoldEnd) => void = () => undefined;
  const ended = new Promise<HoldEnd>((resolve) => (end = resolve));
  return { id, ended, end };
}
