import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { weightsWorkflowId } from '../lib/progress/index.js';
import { scoreOf } from '../lib/scoring/index.js';
import { letIn, takeUpAgain } from './admission.js';
import { attemptsOf } from './attempts.js';
import { failureOf } from './failures.js';
import { newLeaderSignal, type Outcome, type SubmissionInput } from './messages.js';
import { beginStory } from './story.js';
import { withGpu } from './with-gpu.js';

/**
 * One submission, from sealed commitment to recorded score: wait for the reveal, admit, fetch and scan the code,
 * evaluate it on one warm GPU, take the median, tell the weights workflow.
 * Everything that may fail is an activity; everything that decides is in lib/scoring.
 */
export async function submission(input: SubmissionInput): Promise<Outcome> {
  const { tuning } = input.settings;
  const { hparams } = input.settings.competition;
  const story = beginStory(input);

  const outcome = await story.conclude(async () => {
    const { entry, code } = input.again ? await takeUpAgain(input, input.again) : await letIn(story, input);
    story.noteCode(code.sha256, entry.uid);

    const attempts = await story.evaluations((evaluation) => {
      const work = attemptsOf(story, { entry, evaluation, hparams, tuning });
      return withGpu(
        {
          hold: { submissionId: entry.submissionId, hotkey: entry.hotkey, code, hparams },
          gpuClass: hparams.gpu_class,
          tuning,
          priority: () => story.priority(),
          allowedLosses: hparams.max_infrastructure_retries,
          onQueued: () => story.enter('queued', { waitsFor: `a GPU of class ${hparams.gpu_class}` }),
          onTaken: (gpu) => story.enter('evaluating', { gpu }),
        },
        work,
      );
    });

    const score = scoreOf(attempts, hparams);
    if (score.kind === 'failed') throw failureOf(score.error);
    await story.enter('recording');
    return score.mfu;
  });

  if (outcome.leads && outcome.mfu !== null) await tellWeights(input, outcome.mfu);
  return outcome;
}

/** The weights workflow decides from the ledger anyway, at its next interval; this only makes it soon. */
async function tellWeights({ commitment }: SubmissionInput, mfu: number): Promise<void> {
  const { submissionId, key } = commitment;
  await getExternalWorkflowHandle(weightsWorkflowId(key))
    .signal(newLeaderSignal, { submissionId, mfu })
    .catch(() => undefined);
}
