import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  uuid4,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { HoldOutcome, HoldRequest } from '../activities/gpu.js';
import { crusadesError } from '../lib/errors/index.js';
import type { TemporalSettings } from '../lib/settings/index.js';
import { failureOf, reportOf } from './failures.js';
import { gpuTakenSignal, type HeldGpu } from './messages.js';
import { gpuActivities } from './proxies.js';

/** What a submission asks of the GPU queues. */
export interface GpuRequest {
  readonly hold: Omit<HoldRequest, 'holdId'>;
  readonly gpuClass: string;
  readonly tuning: TemporalSettings;
  /** 1 (first) to 5; an operator may change it while the submission waits. */
  readonly priority: () => number;
  /** GPUs that may be lost or fail before the submission does. */
  readonly allowedLosses: number;
  onQueued(): Promise<void>;
  onTaken(gpu: HeldGpu): Promise<void>;
}

/** Work that may be spread over several GPUs, one after the other. */
export interface GpuWork<T> {
  /** What came of it once no GPU is needed any more; null while one is. */
  result(): Promise<T | null>;
  /** Whether the result of this piece of work has come in; pieces are numbered from 1. */
  has(piece: number): boolean;
  /** Goes on where it stood, and returns when no GPU is needed any more. */
  runOn(gpu: HeldGpu): Promise<void>;
}

type Turn =
  | { readonly kind: 'done' }
  /** `finished`: the last piece that has been done on this GPU; its result may still be on its way. */
  | { readonly kind: 'again'; readonly finished: number }
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * Holds one GPU while `work` needs it, and moves to another GPU if this one is lost.
 *
 * The hold is a running activity on the class queue: Temporal's own priority, fairness and heartbeat time-out
 * then decide who gets a GPU and when it counts as lost. Attempts run on the holder's private queue, so that all
 * of them meet the same warm card.
 *
 * @throws `gpu_lost_too_often` when more than `allowedLosses` GPUs failed
 */
export async function withGpu<T>(request: GpuRequest, work: GpuWork<T>): Promise<T> {
  const taken = new Map<string, HeldGpu>();
  setHandler(gpuTakenSignal, (gpu) => void taken.set(gpu.holdId, gpu), {
    description: 'A GPU worker has taken the hold',
  });

  for (let losses = 0; ;) {
    // A GPU may go as the last piece of work is done on it.
    const result = await work.result();
    if (result !== null) return result;
    await request.onQueued();
    const turn = await holdOneGpu(request, taken, work);
    if (turn.kind !== 'lost') continue;
    losses += 1;
    if (losses > request.allowedLosses) {
      throw failureOf(crusadesError('gpu_lost_too_often', { count: losses, reason: turn.reason }).report());
    }
  }
}

/** One turn in the queue, up to the end of the work, the loss of the GPU or a change of priority. */
async function holdOneGpu(
  request: GpuRequest,
  taken: ReadonlyMap<string, HeldGpu>,
  work: GpuWork<unknown>,
): Promise<Turn> {
  const holdId = uuid4();
  const scope = new CancellationScope();
  try {
    return await scope.run(async () => {
      const priority = request.priority();
      const hold = startHold(request, holdId, priority);
      await condition(
        () => taken.has(holdId) || hold.ended() !== undefined || request.priority() !== priority,
      );
      const gpu = taken.get(holdId);
      if (!gpu) return hold.ended() ?? { kind: 'again', finished: 0 };

      await request.onTaken(gpu);
      let over = false;
      const used = settle(work.runOn(gpu)).finally(() => (over = true));
      try {
        const turn = await Promise.race([used, hold.end]);
        // The end of the hold may overtake the result of the attempt after which its worker gave it back.
        if (turn.kind === 'again') await condition(() => over || work.has(turn.finished));
        return turn;
      } finally {
        // A hold that has ended by itself has nothing to give back, and its worker may be dead.
        if (!hold.ended()) await giveBack(request.tuning, gpu);
      }
    });
  } finally {
    // Whatever is still scheduled for this hold, on a worker that may be dead, is nobody's business any more.
    scope.cancel();
  }
}

interface Hold {
  /** Set once the hold has ended by itself: the GPU was lost, or its worker is told to stop. */
  ended(): Turn | undefined;
  readonly end: Promise<Turn>;
}

function startHold(request: GpuRequest, holdId: string, priority: number): Hold {
  let ended: Turn | undefined;
  const options: ActivityOptions = {
    summary: `hold a ${request.gpuClass} GPU for ${request.hold.submissionId}`,
    priority: { priorityKey: priority, fairnessKey: request.hold.hotkey },
  };
  const queue = `${request.tuning.task_queues.gpu_prefix}${request.gpuClass}`;
  const end = gpuActivities(request.tuning, queue)
    .holdGpu.executeWithOptions(options, [{ ...request.hold, holdId }])
    .then(
      // Histories from before it told of finished attempts have none.
      ({ finished = 0 }: Partial<HoldOutcome>): Turn => (ended = { kind: 'again', finished }),
      (error: unknown): Turn => (ended = { kind: 'lost', reason: reportOf(error).message }),
    );
  return { ended: () => ended, end };
}

/** The end of the work: a GPU that fails it is a loss; anything that isn't the GPU's fault is thrown on. */
async function settle(working: Promise<void>): Promise<Turn> {
  try {
    await working;
    return { kind: 'done' };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { kind: 'lost', reason: reportOf(error).message };
  }
}

/** Ends the hold at once, also when the submission is being cancelled. A lost worker need not answer. */
async function giveBack(tuning: TemporalSettings, gpu: HeldGpu): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    await gpuActivities(tuning, gpu.queue)
      .releaseGpu.executeWithOptions({ summary: 'give the GPU back' }, [{ holdId: gpu.holdId }])
      .catch(() => undefined);
  });
}
