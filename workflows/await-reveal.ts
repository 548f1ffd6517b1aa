import { sleep } from '@temporalio/workflow';
import type { RevealedCommitment } from '../lib/admission/index.js';
import { crusadesError } from '../lib/errors/index.js';
import { failureOf, reportOf } from './failures.js';
import type { SubmissionInput } from './messages.js';
import { controlActivities } from './proxies.js';

/** The competition reveals within hours; a timer of centuries would be a workflow that never ends. */
const LONGEST_WAIT_DAYS = 30;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * Waits for the beacon's round by a durable timer, then until the chain has opened the commitment.
 *
 * @throws `reveal_too_far`, `commitment_expired` and what `checkReveal` throws
 */
export async function awaitReveal({ commitment, settings }: SubmissionInput): Promise<RevealedCommitment> {
  const { content, revealAt } = commitment;
  const round = content.kind === 'sealed' || content.kind === 'failed' ? content.revealRound : 0;
  const left = revealAt === null ? 0 : Date.parse(revealAt) - Date.now();
  if (left > LONGEST_WAIT_DAYS * DAY_MS) {
    const details = { round, days: Math.round(left / DAY_MS), limit: LONGEST_WAIT_DAYS };
    throw failureOf(crusadesError('reveal_too_far', details).report());
  }
  if (left > 0) await sleep(left, { summary: `reveal expected at ${revealAt}` });

  const { tuning } = settings;
  try {
    return await controlActivities(tuning).checkReveal(commitment);
  } catch (error) {
    if (!PATIENCE_ENDED.includes(reportOf(error).code)) throw error;
    const hours = (tuning.activities.checkReveal.schedule_to_close ?? 0) / HOUR_MS;
    throw failureOf(crusadesError('commitment_expired', { round, hours }).report());
  }
}

/** How the last try of `checkReveal` ends when its schedule-to-close time-out is over. */
const PATIENCE_ENDED: readonly string[] = ['reveal_pending', 'activity_timed_out'];

/** What a submission waits for first, in words. */
export const revealWait = ({ commitment: { content, revealAt } }: SubmissionInput): string =>
  content.kind === 'sealed'
    ? `round ${content.revealRound} of the beacon, ${revealAt}`
    : 'nothing: it is open';
