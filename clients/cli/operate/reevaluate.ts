import type { Client } from '@temporalio/client';
import { crusadesError } from '../../../lib/errors/index.js';
import type { TemporalSettings } from '../../../lib/settings/index.js';
import type { LedgerReader } from '../../../lib/store/index.js';
import type { Reasoned, SubmissionInput } from '../../../workflows/messages.js';

const DEADLINE_MS = 15_000;

/**
 * Has a submission that has ended evaluated once more: the same code under the settings frozen into it, in a new
 * run of its workflow. A submission on its way takes the update `reevaluate` instead.
 *
 * @returns what has begun, in words
 * @throws `evaluation_impossible` when its code was never let in
 */
export async function reevaluateEnded(
  ledger: Pick<LedgerReader, 'recall'>,
  client: Client,
  submissionId: string,
  reasoned: Reasoned,
  tuning: TemporalSettings,
): Promise<{ readonly workflowId: string; readonly result: string }> {
  const recalled = await ledger.recall(submissionId);
  if (recalled === null) throw crusadesError('evaluation_impossible', { submission: submissionId });
  const { key, workflowId, settings } = recalled;
  const evaluation = recalled.evaluation + 1;
  const input: SubmissionInput = {
    commitment: { submissionId, key, content: { kind: 'plain', text: null }, revealAt: null },
    settings: { competition: settings, tuning },
    again: { ...reasoned, evaluation },
  };
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflow.start('submission', {
      workflowId,
      taskQueue: tuning.task_queues.control,
      // Only one run at a time: while one is under way, another start is refused.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      args: [input],
      staticSummary: `${submissionId} · ${key.hotkey} · block ${key.commitBlock} · evaluation ${evaluation}`,
    }),
  );
  return { workflowId, result: `evaluation ${evaluation} begins` };
}
