import type { Client } from '@temporalio/client';
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
import { thisUser } from '../this-user.js';
import { reevaluateEnded } from './reevaluate.js';
import { sendUpdate, type Order } from './update.js';

/** @returns 0 when the workflow has taken it, 1 when it refuses or has ended */
export async function updateSubmission(
  update: 'cancel' | 'reevaluate' | 'prioritise',
  name: string,
  options: OperatorOptions & { readonly priority?: number },
  signal: AbortSignal,
): Promise<number> {
  const place = choosePlace(options);
  const { priority } = options;
  const ended = update === 'reevaluate' ? await endedSubmission(place, name) : null;
  if (ended !== null) return startAgain(place, ended, options);
  return send(place, update, options, signal, async (client) => ({
    workflowId: await workflowOf(place, client, update, name),
    message: { ...reasoned(options), ...(priority !== undefined && { priority }) },
  }));
}

/** The submission's id if the ledger says that it has ended; null otherwise, also when the ledger does not answer. */
const endedSubmission = async (place: Place, name: string): Promise<string | null> => {
  const recorded = await reach(() => withLedger(place, (ledger) => ledger.submissionStatus(name)));
  if (!recorded.ok || recorded.value === null || !isFinal(recorded.value.stage)) return null;
  return recorded.value.submissionId;
};

const startAgain = async (place: Place, submissionId: string, options: OperatorOptions): Promise<number> => {
  const message = reasoned(options);
  const { workflowId, result } = await withProgress('starting another evaluation', () =>
    withLedger(place, (ledger) =>
      withTemporal(place, (client) =>
        reevaluateEnded(ledger, client, submissionId, message, place.settings.temporal),
      ),
    ),
  );
  if (options.json) printJson({ workflowId, update: 'reevaluate', ...message, result });
  else print(`${printable(workflowId)}: ${printable(result)}`);
  return EXIT.good;
};

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
        return { ...order, result: await sendUpdate(client, update, order, signal) };
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
  actor: actor ?? thisUser(),
});
