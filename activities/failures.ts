import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { CrusadesError, crusadesError } from '../lib/errors/index.js';
import { makesGpuUnfit } from '../lib/evaluate/faults.js';

/** Errors that are waiting, not trouble: no warnings in the log, no failure metric. */
const BENIGN = new Set(['reveal_pending', 'weights_too_soon']);

type Activity = (...args: never[]) => Promise<unknown>;

/**
 * Turns catalogue errors that activities throw into Temporal failures that carry the code as their type and the
 * whole report as their details. Cancellation passes through untouched: Temporal tells its kinds apart itself.
 */
export const withFailures = <Activities extends Record<string, Activity>>(
  activities: Activities,
): Activities =>
  Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [name, translating(activity)]),
  ) as Activities;

const translating =
  (activity: Activity): Activity =>
  async (...args) => {
    try {
      return await activity(...args);
    } catch (error) {
      throw failureOf(error);
    }
  };

/** @returns what the workflow sees of an error: `internal_error` for whatever is not in the catalogue */
export function failureOf(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const known =
    error instanceof CrusadesError
      ? error
      : crusadesError('internal_error', { reason: String(error) }, { cause: error });
  const retryDelay = known.details['retryAfterSeconds'];
  return ApplicationFailure.create({
    message: known.message,
    type: known.code,
    // What says how often it was tried has had its tries; an unfit GPU is not asked again, but another one.
    nonRetryable:
      !known.definition.retryable || known.details['tries'] !== undefined || makesGpuUnfit(known.code),
    details: [known.report()],
    // What is in the catalogue says everything in its report; with all its stacks, a failure that is tried again
    // exceeds the 4 KB that the server keeps of it, and loses its type.
    ...(known.code === 'internal_error' && { cause: known }),
    ...(BENIGN.has(known.code) && { category: ApplicationFailureCategory.BENIGN }),
    ...(typeof retryDelay === 'number' && { nextRetryDelay: retryDelay * 1000 }),
  });
}
