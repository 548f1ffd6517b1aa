import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { crusadesError } from '../../../lib/errors/index.js';
import type { Reasoned } from '../../../workflows/messages.js';

/** A control worker that runs answers at once. */
const DEADLINE_SECONDS = 15;

/** What an operator wants of a workflow. */
export interface Order {
  readonly workflowId: string;
  readonly message: Reasoned;
}

/**
 * Sends an update and waits for its answer.
 *
 * @throws `action_refused`, `action_unanswered`, `submission_unknown`
 */
export const sendUpdate = async (
  client: Client,
  update: string,
  { workflowId, message }: Order,
  signal: AbortSignal,
): Promise<string> => {
  const handle = client.workflow.getHandle(workflowId);
  try {
    return await client.withAbortSignal(signal, () =>
      client.withDeadline(Date.now() + DEADLINE_SECONDS * 1000, () =>
        handle.executeUpdate<string, [Reasoned]>(update, { args: [message] }),
      ),
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw crusadesError(
        'action_refused',
        { action: update, reason: reasonOf(error.cause) },
        { cause: error },
      );
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      throw crusadesError(
        'action_unanswered',
        { action: update, seconds: DEADLINE_SECONDS },
        { cause: error },
      );
    }
    if (error instanceof WorkflowNotFoundError) throw await endedOrUnknown(client, update, workflowId);
    throw error;
  }
};

const endedOrUnknown = async (client: Client, update: string, workflowId: string) => {
  const described = await client
    .withDeadline(Date.now() + DEADLINE_SECONDS * 1000, () =>
      client.workflow.getHandle(workflowId).describe(),
    )
    .catch(() => null);
  return described === null
    ? crusadesError('submission_unknown', { name: workflowId })
    : crusadesError('action_refused', { action: update, reason: `${workflowId} has ended` });
};

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
