import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { crusadesError } from '../../../lib/errors/index.js';
import { replayWorkflowId, type Subnet } from '../../../lib/progress/index.js';
import type { TemporalSettings } from '../../../lib/settings/index.js';
import type { ReplayInput } from '../../../workflows/messages.js';

const DEADLINE_MS = 15_000;
/** Replays of one attempt that are under way at once and not in the ledger yet. */
const MOST_AT_ONCE = 20;

/** A replay that is to be started; `n` is the first number that the ledger has no replay for. */
export type ReplayOrder = ReplayInput['replay'];

/**
 * Starts a replay under the first free number: Temporal refuses one that somebody else has just taken.
 *
 * @returns the workflow id, and the order with the number that it got
 * @throws `action_refused` when too many are under way
 */
export const startReplay = async (
  client: Pick<Client, 'workflow' | 'withDeadline'>,
  order: ReplayOrder,
  subnet: Subnet,
  tuning: TemporalSettings,
): Promise<{ readonly workflowId: string; readonly replay: ReplayOrder }> => {
  for (let n = order.n; n < order.n + MOST_AT_ONCE; n += 1) {
    const replay = { ...order, n };
    const input: ReplayInput = { subnet, replay, tuning };
    const workflowId = replayWorkflowId(subnet, order.submissionId, order.number, n);
    try {
      await client.withDeadline(Date.now() + DEADLINE_MS, () =>
        client.workflow.start('replay', {
          workflowId,
          taskQueue: tuning.task_queues.control,
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          args: [input],
          staticSummary: `replay ${n} of attempt ${order.number} of ${order.submissionId}`,
        }),
      );
      return { workflowId, replay };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
  const reason = `${MOST_AT_ONCE} replays of attempt ${order.number} are under way`;
  throw crusadesError('action_refused', { action: 'replay', reason });
};
