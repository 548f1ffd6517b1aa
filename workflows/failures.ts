import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  TimeoutFailure,
  type TemporalFailure,
} from '@temporalio/workflow';
import { crusadesError, isErrorCode, type ErrorReport } from '../lib/errors/index.js';

/** What an activity's failure means, in the words of the catalogue. */
export function reportOf(error: unknown): ErrorReport {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const report = cause.details?.[0];
    if (isReport(report)) return report;
  }
  if (isCancellation(error))
    return crusadesError('submission_cancelled', {
      reason: 'its workflow was cancelled in Temporal',
    }).report();
  if (cause instanceof TimeoutFailure && error instanceof ActivityFailure) {
    return crusadesError('activity_timed_out', {
      activity: error.activityType,
      kind: cause.timeoutType ?? 'unknown time-out',
    }).report();
  }
  return crusadesError('internal_error', {
    reason: error instanceof Error ? error.message : String(error),
  }).report();
}

/** A catalogue error as the failure that ends a workflow or an activity. */
export const failureOf = (report: ErrorReport): TemporalFailure =>
  ApplicationFailure.create({
    message: report.message,
    type: report.code,
    nonRetryable: !report.retryable,
    details: [report],
  });

const isReport = (value: unknown): value is ErrorReport =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  typeof value.code === 'string' &&
  'remedy' in value;

/** Whether an error is the failure with this code, wherever it was thrown. */
export const hasCode = (error: unknown, code: string): boolean =>
  isErrorCode(code) && reportOf(error).code === code;
