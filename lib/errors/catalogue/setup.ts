import { defineErrors } from '../define.js';

/** Provisioning and the processes that the program starts. */
export const setupErrors = defineErrors({
  activity_timed_out: {
    stage: 'setup',
    fault: 'infrastructure',
    retryable: false,
    final: true,
    message: 'The activity {activity} ran out of time ({kind}), retries included.',
    remedy: 'Look at the activity in the Temporal UI; its time-outs are set in temporal.yaml.',
  },
  corpus_not_prepared: {
    stage: 'setup',
    fault: 'operator',
    retryable: true,
    final: false,
    message: 'The corpus was not prepared: {reason}.',
    remedy: 'Do what the message says and run it again; what was prepared before is unchanged.',
  },
  evaluator_missing: {
    stage: 'setup',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The evaluator’s Python environment is missing: {reason}.',
    remedy: 'Run `crusades doctor --fix` on this host.',
  },
  internal_error: {
    stage: 'setup',
    fault: 'unknown',
    retryable: true,
    final: true,
    message: 'Something unforeseen happened: {reason}.',
    remedy: 'Report it with the log; it is a defect of ours.',
  },
  process_failed: {
    stage: 'setup',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: '{process} stopped unexpectedly ({status}).',
    remedy: 'Read {log}, then start it again.',
  },
  process_start_timeout: {
    stage: 'setup',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: '{process} was not ready within {seconds} s.',
    remedy: 'Read {log}; on a slow machine try again.',
  },
  provision_failed: {
    stage: 'setup',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: '{item} could not be provided. Tried: {tried}.',
    remedy: '{next}',
  },
  temporal_unreachable: {
    stage: 'setup',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: 'No Temporal server answers at {address}: {reason}.',
    remedy: 'Start it with `crusades up`, or set address in temporal.yaml or TEMPORAL_ADDRESS.',
  },
});
