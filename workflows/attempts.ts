import { CancellationScope } from '@temporalio/workflow';
import type { Entry } from '../activities/chain.js';
import type { AttemptRecord } from '../activities/gpu.js';
import { outlookOf } from '../lib/scoring/index.js';
import type { Hparams, TemporalSettings } from '../lib/settings/index.js';
import { gpuActivities, ledgerNotes } from './proxies.js';
import type { Story } from './story.js';
import type { GpuWork } from './with-gpu.js';

interface Evaluation {
  readonly entry: Entry;
  /** 1, or more after an operator asked for another evaluation. */
  readonly evaluation: number;
  readonly hparams: Hparams;
  readonly tuning: TemporalSettings;
}

/**
 * The attempts of one evaluation, one after the other, on whatever GPU is held. Finished attempts are never
 * repeated. It stops early when the verdict is certain.
 */
export function attemptsOf(
  story: Story,
  { entry, evaluation, hparams, tuning }: Evaluation,
): GpuWork<readonly AttemptRecord[]> {
  const { submissionId } = entry;
  const runs = hparams.evaluation_runs;
  const ledger = ledgerNotes(tuning);
  const finished: AttemptRecord[] = [];
  let recorded: Promise<void> = Promise.resolve();

  return {
    async result() {
      await recorded;
      return outlookOf(finished, hparams) === 'continue' ? null : finished;
    },

    has: (number) => finished.length >= number,

    async runOn(gpu) {
      const { runAttempt } = gpuActivities(tuning, gpu.queue);
      while (outlookOf(finished, hparams) === 'continue') {
        const number = finished.length + 1;
        const attempt = await runAttempt.executeWithOptions({ summary: `attempt ${number} of ${runs}` }, [
          { holdId: gpu.holdId, number },
        ]);
        finished.push(attempt);
        story.noteAttempt(attempt);
        // What has been measured is a fact, even if the GPU is lost or given back in the same moment.
        recorded = CancellationScope.nonCancellable(() =>
          ledger.recordAttempt({ submissionId, evaluation, gpu, attempt }),
        );
        await recorded;
      }
    },
  };
}
