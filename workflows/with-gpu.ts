import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  uuid4,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { HoldRequest } from '../activities/gpu.js';
import { crusadesError } from '../lib/errors/index.js';
import type { TemporalSettings } from '../lib/settings/index.js';
import { failureOf, reportOf } from './failures.js';
import { gpuTakenSignal, type HeldGpu } from './messages.js';
import { gpuActivities } from './proxies.js';

/** What a submission asks of the GPU queues. */
export interface GpuRequest {
  readonly hold: Omit<HoldRequest, 'holdId' | 'workflowId'>;
  readonly gpuClass: string;
  readonly tuning: TemporalSettings;
  /** 1 (first) to 5; an operator may change it while the submission waits. */
  readonly priority: () => number;
  /** GPUs that may be lost or fail before the submission does. */
  readonly allowedLosses: number;
  onQueued(): Promise<void>;
  onTaken(gpu: HeldGpu): Promise<void>;
}

type Turn<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'again' }
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * Holds one GPU while `use` runs, and moves to another GPU if this one is lost.
 *
 * The hold is a running activity on the class queue: Temporal's own priority, fairness and heartbeat time-out
 * then decide who gets a GPU and when it counts as lost. Attempts run on the holder's private queue, so that all
 * of them meet the same warm card. `use` is called again after a loss and must go on where it stood.
 *
 * @throws `gpu_lost_too_often` when more than `allowedLosses` GPUs failed
 */
export async function withGpu<T>(request: GpuRequest, use: (gpu: HeldGpu) => Promise<T>): Promise<T> {
  const taken = new Map<string, HeldGpu>();
  setHandler(gpuTakenSignal, (gpu) => void taken.set(gpu.holdId, gpu), {
    description: 'A GPU worker has taken the hold',
  });

  for (let losses = 0; ;) {
    await request.onQueued();
    const turn = await holdOneGpu(request, taken, use);
    if (turn.kind === 'done') return turn.value;
    if (turn.kind === 'again') continue;
    losses += 1;
    if (losses > request.allowedLosses) {
      throw failureOf(crusadesError('gpu_lost_too_often', { count: losses, reason: turn.reason }).report());
    }
  }
}

/** One turn in the queue, up to the end of `use`, the loss of the GPU or a change of priority. */
async function holdOneGpu<T>(
  request: GpuRequest,
  taken: ReadonlyMap<string, HeldGpu>,
  use: (gpu: HeldGpu) => Promise<T>,
): Promise<Turn<T>> {
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
      if (!gpu) return hold.ended() ?? { kind: 'again' };

      await request.onTaken(gpu);
      const used = settle(use(gpu));
      try {
        return await Promise.race([used, hold.end]);
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
  ended(): Turn<never> | undefined;
  readonly end: Promise<Turn<never>>;
}

function startHold(request: GpuRequest, holdId: string, priority: number): Hold {
  let ended: Turn<never> | undefined;
  const options: ActivityOptions = {
    summary: `hold a ${request.gpuClass} GPU for ${request.hold.submissionId}`,
    priority: { priorityKey: priority, fairnessKey: request.hold.hotkey },
  };
  const queue = `${request.tuning.task_queues.gpu_prefix}${request.gpuClass}`;
  const end = gpuActivities(request.tuning, queue)
    .holdGpu.executeWithOptions(options, [{ ...request.hold, holdId }])
    .then(
      (): Turn<never> => (ended = { kind: 'again' }),
      (error: unknown): Turn<never> => (ended = { kind: 'lost', reason: reportOf(error).message }),
    );
  return { ended: () => ended, end };
}

/** The end of `use`: a GPU that fails it is a loss; anything that isn't the GPU's fault is thrown on. */
async function settle<T>(using: Promise<T>): Promise<Turn<T>> {
  try {
    return { kind: 'done', value: await using };
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
