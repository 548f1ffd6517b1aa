import type { AttemptRecord } from '../activities/gpu.js';
import type { ReplayEnd } from '../activities/replay.js';
import type { ReplayInput, ReplayOutcome } from './messages.js';
import { controlActivities, gpuActivities } from './proxies.js';
import { beginReplay } from './replay-story.js';
import { LOWEST_PRIORITY } from './story.js';
import { withGpu, type GpuWork } from './with-gpu.js';

/**
 * One recorded attempt once more, from the record alone: its code, its seed and the settings that were frozen into
 * its submission, on one GPU of the submission's class. The result stands beside the original and counts for nothing.
 */
export async function replay(input: ReplayInput): Promise<ReplayOutcome> {
  const { replay: name, tuning } = input;
  const story = beginReplay(input);

  return story.conclude(async () => {
    const recalled = await controlActivities(tuning).recallAttempt(name);
    story.noteRecalled(recalled);
    const { hotkey, code, hparams, seed } = recalled;
    return withGpu(
      {
        hold: { submissionId: name.submissionId, hotkey, code, hparams },
        gpuClass: hparams.gpu_class,
        tuning,
        // Whatever waits for a score goes first.
        priority: () => LOWEST_PRIORITY,
        allowedLosses: hparams.max_infrastructure_retries,
        onQueued: async () => story.queued(hparams.gpu_class),
        onTaken: async (gpu) => story.taken(gpu),
      },
      attemptAgain(input, seed),
    );
  });
}

/** The one attempt with the recorded seed, on whatever GPU brings it to its end. */
const attemptAgain = ({ replay: { number }, tuning }: ReplayInput, seed: string): GpuWork<ReplayEnd> => {
  let end: ReplayEnd | null = null;
  return {
    result: async () => end,

    has: (piece) => piece < number || end !== null,

    async runOn(gpu) {
      const { runAttempt } = gpuActivities(tuning, gpu.queue);
      const order = { holdId: gpu.holdId, number, seed };
      const options = { summary: `attempt ${number} once more` };
      const attempt: AttemptRecord = await runAttempt.executeWithOptions(options, [order]);
      end = { attempt, gpu };
    },
  };
};
