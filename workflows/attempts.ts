import type { Entry } from '../activities/chain.js';
import type { AttemptRecord } from '../activities/gpu.js';
import { outlookOf } from '../lib/scoring/index.js';
import type { Hparams, TemporalSettings } from '../lib/settings/index.js';
import type { HeldGpu } from './messages.js';
import { gpuActivities, ledgerNotes } from './proxies.js';
import type { Story } from './story.js';

interface Evaluation {
  readonly entry: Entry;
  /** 1, or more after an operator asked for another evaluation. */
  readonly evaluation: number;
  readonly hparams: Hparams;
  readonly tuning: TemporalSettings;
}

/**
 * The attempts of one evaluation, one after the other, on whatever GPU is held.
 *
 * The returned function may be called again with another GPU: finished attempts are never repeated. It stops
 * early when the verdict is certain.
 */
export function runAttempts(
  story: Story,
  { entry, evaluation, hparams, tuning }: Evaluation,
): (gpu: HeldGpu) => Promise<readonly AttemptRecord[]> {
  const { submissionId } = entry;
  const runs = hparams.evaluation_runs;
  const ledger = ledgerNotes(tuning);
  const finished: AttemptRecord[] = [];

  return async (gpu) => {
    const { runAttempt } = gpuActivities(tuning, gpu.queue);
    while (outlookOf(finished, hparams) === 'continue') {
      const number = finished.length + 1;
      const attempt = await runAttempt.executeWithOptions({ summary: `attempt ${number} of ${runs}` }, [
        { holdId: gpu.holdId, number },
      ]);
      finished.push(attempt);
      story.noteAttempt(attempt);
      await ledger.recordAttempt({ submissionId, evaluation, gpu, attempt });
    }
    return finished;
  };
}
