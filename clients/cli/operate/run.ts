import { hostname, userInfo } from 'node:os';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { crusadesError } from '../../../lib/errors/index.js';
import { intakeWorkflowId, isFinal } from '../../../lib/progress/index.js';
import type { Reasoned } from '../../../workflows/messages.js';
import { findWorkflowId } from '../../queries/live.js';
import { EXIT, tellFailure } from '../action.js';
import { choosePlace, reach, withLedger, withTemporal, type Place } from '../connection.js';
import type { OperatorOptions } from '../operate.js';
import { printJson } from '../output/json.js';
import { print } from '../output/print.js';
import { printable } from '../output/escape.js';
import { withProgress } from '../output/progress.js';

/** A control worker that runs answers at once. */
const DEADLINE_SECONDS = 15;

/** @returns 0 when the workflow has taken it, 1 when it refuses or has ended */
export async function updateSubmission(
  update: 'cancel' | 'reevaluate' | 'prioritise',
  name: string,
  options: OperatorOptions & { readonly priority?: number },
  signal: AbortSignal,
): Promise<number> {
  const place = choosePlace(options);
  const { priority } = options;
  return send(place, update, options, signal, async (client) => ({
    workflowId: await workflowOf(place, client, update, name),
    message: { ...reasoned(options), ...(priority !== undefined && { priority }) },
  }));
}

/** @returns 0 when intake has taken it */
export async function updateIntake(
  update: 'pause' | 'resume',
  options: OperatorOptions,
  signal: AbortSignal,
): Promise<number> {
  const place = choosePlace(options);
  return send(place, update, options, signal, async () => ({
    workflowId: intakeWorkflowId(place.subnet),
    message: reasoned(options),
  }));
}

interface Order {
  readonly workflowId: string;
  readonly message: Reasoned;
}

const send = async (
  place: Place,
  update: string,
  { json = false }: OperatorOptions,
  signal: AbortSignal,
  orderOf: (client: Client) => Promise<Order>,
): Promise<number> => {
  const answer = await withProgress('waiting for the workflow', () =>
    reach(() =>
      withTemporal(place, async (client) => {
        const order = await orderOf(client);
        return { ...order, result: await execute(client, update, order, signal) };
      }),
    ),
  );
  if (!answer.ok) {
    const code = tellFailure(answer.error, json);
    // Called rightly; it is the workflow that says no.
    return answer.error.code === 'action_refused' ? EXIT.no : code;
  }
  const { workflowId, message, result } = answer.value;
  if (json) printJson({ workflowId, update, ...message, result });
  else print(`${printable(workflowId)}: ${printable(result)}`);
  return EXIT.good;
};

/** @throws `action_refused`, `action_unanswered`, `submission_unknown` */
const execute = async (
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

/** The ledger knows every name; Temporal, where the ledger does not answer, those of its own retention. */
const workflowOf = async (place: Place, client: Client, update: string, name: string): Promise<string> => {
  const recorded = await reach(() => withLedger(place, (ledger) => ledger.submissionStatus(name)));
  if (recorded.ok && recorded.value !== null) {
    const { stage, workflowId, submissionId } = recorded.value;
    if (isFinal(stage)) {
      throw crusadesError('action_refused', {
        action: update,
        reason: `the submission ${submissionId} has ended: ${stage}`,
      });
    }
    return workflowId;
  }
  const workflowId = await findWorkflowId(client, name);
  if (workflowId === null) throw crusadesError('submission_unknown', { name });
  return workflowId;
};

const reasoned = ({ reason, actor }: OperatorOptions): Reasoned => ({
  reason,
  actor: actor ?? `${userName()}@${hostname()}`,
});

/** A container's user may have no name. */
const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
};

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
