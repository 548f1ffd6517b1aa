import { defineErrors } from '../define.js';

/** Around one attempt; what the evaluator itself reports is in the same words in its Python package. */
export const evaluationErrors = defineErrors({
  gpu_hold_lost: {
    stage: 'evaluating',
    fault: 'infrastructure',
    retryable: false,
    final: false,
    message: 'The GPU worker {queue} no longer holds its GPU for this submission.',
    remedy: 'Nothing to do: finished attempts are kept and another GPU is taken.',
  },
  gpu_lost_too_often: {
    stage: 'evaluating',
    fault: 'infrastructure',
    retryable: false,
    final: true,
    message: '{count} GPUs were lost or failed one after the other: {reason}.',
    remedy: 'Check the GPU workers, then `crusades reevaluate` the submission.',
  },
  success_rate_too_low: {
    stage: 'evaluating',
    fault: 'miner',
    retryable: false,
    final: true,
    message: '{succeeded} of {runs} attempts succeeded, {needed} are required; the last failure: {cause}.',
    remedy: 'Run `crusades benchmark train.py` and look at each attempt’s reason.',
  },
});
