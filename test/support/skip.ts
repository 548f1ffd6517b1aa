import type { Context, Runnable, Suite } from 'mocha';

/** What scripts/mocha-reporter.mjs looks for, on a test or the suites around it. */
interface Reasoned {
  skipReason?: string;
}

/**
 * Skips a test, or from a `before` hook its whole suite, and keeps the reason for the report of `npm test`:
 * what could not run is never silent.
 */
export const skip = (context: Context, reason: string): never => {
  const runnable: (Runnable & Reasoned & { type?: string }) | undefined = context.test;
  const suite: (Suite & Reasoned) | undefined = runnable?.parent;
  const reasoned = runnable?.type === 'hook' ? suite : runnable;
  if (reasoned) reasoned.skipReason = reason;
  return context.skip();
};
