import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { CancelledFailure, TerminatedFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { crusadesError } from '../../lib/errors/index.js';
import type { GpuHeartbeat } from '../../lib/progress/index.js';
import type { TemporalSettings } from '../../lib/settings/index.js';
import type { ReplayInput, ReplayOutcome, ReplayStatus } from '../../workflows/messages.js';
import { heartbeatOf } from './live.js';

/** What Temporal knows of a replay while it runs. */
export interface LiveReplay {
  readonly running: boolean;
  /** The workflow's own answer; null when no control worker gives it. */
  readonly status: ReplayStatus | null;
  /** What the GPU is doing now. */
  readonly attempt: GpuHeartbeat | null;
}

type Replay = (input: ReplayInput) => Promise<ReplayOutcome>;

/** A question to a server that hangs must not hang a command. */
const DEADLINE_MS = 5_000;
/** A query needs a control worker; without one it is not waited for long. */
const QUERY_DEADLINE_MS = 3_000;

export const readReplay = async (client: Client, workflowId: string): Promise<LiveReplay> => {
  const handle = client.workflow.getHandle<Replay>(workflowId);
  const described = await client.withDeadline(Date.now() + DEADLINE_MS, () => handle.describe());
  const running = described.status.name === 'RUNNING';
  return {
    running,
    status: running
      ? await client
          .withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query<ReplayStatus>('status'))
          .catch(() => null)
      : null,
    attempt: heartbeatOf(described.raw.pendingActivities ?? []),
  };
};

/**
 * How a replay that has ended went.
 *
 * @throws `replay_cancelled` when it was terminated, `internal_error` when it ended in a way that nobody foresaw
 */
export const replayOutcome = async (client: Client, workflowId: string): Promise<ReplayOutcome> => {
  try {
    return await client.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflow.getHandle<Replay>(workflowId).result(),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw crusadesError('replay_cancelled', {}, { cause: error });
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof TerminatedFailure || cause instanceof CancelledFailure) {
      throw crusadesError('replay_cancelled', {}, { cause: error });
    }
    throw crusadesError('internal_error', { reason: cause?.message ?? error.message }, { cause: error });
  }
};

/**
 * Whether a GPU worker of this class has asked for work within the last minutes. One that is busy with a long
 * evaluation may not have.
 */
export const isGpuClassServed = async (
  client: Client,
  { namespace, task_queues }: TemporalSettings,
  gpuClass: string,
): Promise<boolean> => {
  const { pollers } = await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: `${task_queues.gpu_prefix}${gpuClass}` },
      taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    }),
  );
  return (pollers ?? []).length > 0;
};
