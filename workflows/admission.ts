import type { Entry } from '../activities/chain.js';
import type { StoredCode } from '../activities/code.js';
import { awaitReveal, revealWait } from './await-reveal.js';
import type { Again, SubmissionInput } from './messages.js';
import { controlActivities } from './proxies.js';
import type { Story } from './story.js';

/** What an evaluation is made of. */
export interface Admitted {
  readonly entry: Entry;
  readonly code: StoredCode;
}

/** Wait for the reveal, admit, fetch, scan: whatever stands before a GPU is taken. */
export async function letIn(story: Story, input: SubmissionInput): Promise<Admitted> {
  const { commitment, settings } = input;
  const { hparams } = settings.competition;
  const { admit, fetchCode, scanCode } = controlActivities(settings.tuning);

  await story.enter('awaiting_reveal', { waitsFor: revealWait(input) });
  const revealed = await awaitReveal(input);
  const entry = await story.chapter('admitting', () => admit({ commitment, revealed, hparams }));
  const code = await story.chapter('fetching', () => fetchCode({ entry, hparams }));
  const { resembles } = await story.chapter('scanning', () => scanCode({ entry, code }));
  if (resembles) story.noteResemblance(resembles);
  return { entry, code };
}

/** What was let in before is evaluated once more: the same code, as the ledger keeps it. */
export async function takeUpAgain(
  { commitment: { submissionId }, settings }: SubmissionInput,
  { evaluation, reason, actor }: Again,
): Promise<Admitted> {
  const { recallSubmission, beginEvaluation, recordOperatorAction } = controlActivities(settings.tuning);
  const admitted = await recallSubmission({ submissionId });
  await beginEvaluation({ submissionId, evaluation });
  await recordOperatorAction({
    id: `${submissionId}/evaluation/${evaluation}`,
    action: 'reevaluate',
    reason,
    target: submissionId,
    actor: actor ?? 'unknown',
    at: new Date().toISOString(),
  });
  return admitted;
}
