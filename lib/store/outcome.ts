import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';

import { crusadesError, type ErrorReport } from '../errors/index.js';
import { isFinal } from '../progress/index.js';
import { decide } from '../scoring/index.js';
import { lockClaim } from './code.js';
import { competitionColumns, currentLeader, standingOf } from './leadership.js';
import type { LedgerSchema } from './schema.js';
import { toJsonb, toNullableJsonb } from './storable.js';
import { unknownSubmission } from './submissions.js';
import type { Competition, NewOutcome, RecordedOutcome } from './types.js';

type Ledger = Transaction<LedgerSchema>;
type Submission = Selectable<LedgerSchema['submissions']>;

/**
 * Ends a submission and elects the leader, all or nothing.
 *
 * Outcomes of one competition are recorded one after the other (an advisory lock), so that each score is decided
 * upon against the leader that all scores before it have left.
 */
export const recordOutcome = (db: Kysely<LedgerSchema>, asked: NewOutcome): Promise<RecordedOutcome> =>
  db.transaction().execute(async (transaction) => {
    const { competition } = await submissionOf(transaction, asked.submissionId);
    await lockCompetition(transaction, competition);
    const { submission } = await submissionOf(transaction, asked.submissionId, 'locked');

    if (!isRecorded(submission, asked)) {
      const outcome = await withoutCopy(transaction, submission, asked);
      await finish(transaction, outcome);
      if (outcome.mfu !== null) await elect(transaction, submission, competition, outcome, outcome.mfu);
    }
    return answer(transaction, competition, asked);
  });

const submissionOf = async (
  transaction: Ledger,
  submissionId: string,
  locked?: 'locked',
): Promise<{ submission: Submission; competition: Competition }> => {
  const query = transaction.selectFrom('submissions').selectAll().where('id', '=', submissionId);
  const submission = await (locked ? query.forUpdate() : query).executeTakeFirst();
  if (submission === undefined) throw unknownSubmission(submissionId);
  const { network, netuid, competition_version } = submission;
  return { submission, competition: { network, netuid, competitionVersion: competition_version } };
};

const lockCompetition = async (
  transaction: Ledger,
  { network, netuid, competitionVersion }: Competition,
): Promise<void> => {
  const name = `crusades/${network}/${netuid}/${competitionVersion}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(transaction);
};

const isRecorded = (submission: Submission, { evaluation }: NewOutcome): boolean =>
  submission.evaluation > evaluation ||
  (submission.evaluation === evaluation && submission.finished_at !== null);

/** The outcome, or a rejection where an earlier commitment of another hotkey has claimed the same code meanwhile. */
const withoutCopy = async (
  transaction: Ledger,
  submission: Submission,
  asked: NewOutcome,
): Promise<NewOutcome> => {
  const { network, netuid, competition_version, normalised_hash } = submission;
  if (asked.mfu === null || normalised_hash === null) return asked;
  const claim = await lockClaim(transaction, { network, netuid, competition_version, normalised_hash });
  if (claim === undefined || claim.hotkey === submission.hotkey) return asked;
  const error = crusadesError('code_duplicate', { block: claim.commit_block, hotkey: claim.hotkey });
  return { ...asked, stage: 'rejected', mfu: null, error: error.report() };
};

const finish = async (transaction: Ledger, outcome: NewOutcome): Promise<void> => {
  const { submissionId, evaluation, stage, mfu, error, at } = outcome;
  await transaction
    .updateTable('submissions')
    .set({
      stage,
      outcome: error?.code ?? stage,
      error: toNullableJsonb(error),
      mfu,
      evaluation,
      finished_at: at,
      updated_at: sql<string>`now()`,
    })
    .where('id', '=', submissionId)
    .execute();
  await transaction
    .insertInto('submission_stages')
    .values({ submission_id: submissionId, stage, entered_at: at, detail: detailOf(error) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

const detailOf = (error: ErrorReport | null): string | null =>
  error === null ? null : toJsonb({ code: error.code });

const elect = async (
  transaction: Ledger,
  { id, settings }: Submission,
  competition: Competition,
  { evaluation, block }: NewOutcome,
  mfu: number,
): Promise<void> => {
  const score = await transaction
    .insertInto('scores')
    .values({ submission_id: id, evaluation, mfu, scored_block: block })
    .returning('sequence')
    .executeTakeFirstOrThrow();
  const leader = await currentLeader(transaction, competition);
  const challenger = { submissionId: id, mfu };
  const transition = decide(leader && standingOnly(leader), challenger, block, settings.adaptive_threshold);
  if (transition.kind === 'leader_stays') return;
  await transaction
    .insertInto('leader_history')
    .values({
      ...competitionColumns(competition),
      submission_id: id,
      score_sequence: score.sequence,
      mfu,
      block,
      threshold_before: transition.thresholdBefore,
      threshold_after: transition.thresholdAfter,
      transition: toJsonb(transition),
    })
    .execute();
};

/** The facts that decide; hotkey and uid are for people and stay out of the recorded transition. */
const standingOnly = ({
  submissionId,
  mfu,
  block,
  threshold,
}: Parameters<typeof standingOf>[0] & object) => ({
  submissionId,
  mfu,
  block,
  threshold,
});

const answer = async (
  transaction: Ledger,
  competition: Competition,
  { submissionId, stage: asked, block }: NewOutcome,
): Promise<RecordedOutcome> => {
  const { submission } = await submissionOf(transaction, submissionId);
  const standing = standingOf(await currentLeader(transaction, competition), block);
  return {
    stage: isFinal(submission.stage) ? submission.stage : asked,
    error: submission.error,
    leads: standing.leader?.submissionId === submissionId,
    standing,
  };
};
