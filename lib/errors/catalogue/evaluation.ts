import { defineErrors } from '../define.js';

/** Around one attempt; what the evaluator itself reports is in the same words in its Python package. */
export const evaluationErrors = defineErrors({
  evaluation_impossible: {
    stage: 'queued',
    fault: 'operator',
    retryable: false,
    final: true,
    message:
      'The submission {submission} ended before its code was admitted; there is nothing to evaluate again.',
    remedy: 'Ask the miner to commit again.',
  },
  evaluator_failed: {
    stage: 'evaluating',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: 'The evaluator itself failed: {reason}.',
    remedy: 'The attempt is run again; if it lasts, read the GPU worker’s log.',
  },
  gpu_hold_lost: {
    stage: 'evaluating',
    fault: 'infrastructure',
    retryable: false,
    final: false,
    message: 'The GPU worker {queue} no longer holds its GPU for this submission.',
    remedy: 'Nothing to do: finished attempts are kept and another GPU is taken.',
  },
  gpu_peak_unknown: {
    stage: 'evaluating',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'No peak is configured for the GPU {name}.',
    remedy: 'Add its dense bf16 peak to mfu.gpu_peak_tflops in hparams.json, or use a GPU that is listed.',
  },
  gpu_lost_too_often: {
    stage: 'evaluating',
    fault: 'infrastructure',
    retryable: false,
    final: true,
    message: '{count} GPUs were lost or failed one after the other: {reason}.',
    remedy: 'Check the GPU workers, then `crusades reevaluate` the submission.',
  },
  replay_cancelled: {
    stage: 'evaluating',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The replay’s workflow was cancelled in Temporal.',
    remedy: '`crusades replay` starts another one.',
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
