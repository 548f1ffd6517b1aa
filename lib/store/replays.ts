import type { Kysely } from 'kysely';

import { attemptOf, factColumns } from './attempts.js';
import { codeOf } from './code.js';
import type { LedgerSchema } from './schema.js';
import { toText } from './storable.js';
import type { RecalledAttempt, RecordedReplay } from './types.js';

export const recordReplay = async (db: Kysely<LedgerSchema>, replay: RecordedReplay): Promise<void> => {
  await db
    .insertInto('replays')
    .values({
      submission_id: replay.submissionId,
      evaluation: replay.evaluation,
      number: replay.number,
      n: replay.n,
      requested_by: toText(replay.requestedBy),
      reason: replay.reason === null ? null : toText(replay.reason),
      requested_at: replay.requestedAt,
      ...factColumns(replay),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

export const replaysOf = async (
  db: Kysely<LedgerSchema>,
  submissionId: string,
): Promise<RecordedReplay[]> => {
  const rows = await db
    .selectFrom('replays')
    .selectAll()
    .where('submission_id', '=', submissionId)
    .orderBy('evaluation')
    .orderBy('number')
    .orderBy('n')
    .execute();
  return rows.map((row) => ({
    ...attemptOf(row),
    n: row.n,
    requestedBy: row.requested_by,
    reason: row.reason,
    requestedAt: row.requested_at,
  }));
};

/** Whatever became of its submission: one that was rejected in the end has attempts as well. */
export const recallAttempt = async (
  db: Kysely<LedgerSchema>,
  submissionId: string,
  evaluation: number,
  number: number,
): Promise<RecalledAttempt | null> => {
  const [submission, attempt, code] = await Promise.all([
    db
      .selectFrom('submissions')
      .select(['network', 'netuid', 'hotkey', 'commit_block', 'uid', 'settings', 'settings_hash'])
      .where('id', '=', submissionId)
      .executeTakeFirst(),
    db
      .selectFrom('attempts')
      .selectAll()
      .where('submission_id', '=', submissionId)
      .where('evaluation', '=', evaluation)
      .where('number', '=', number)
      .executeTakeFirst(),
    codeOf(db, submissionId),
  ]);
  if (!submission || !attempt || !code) return null;
  const { network, netuid, hotkey } = submission;
  return {
    key: { network, netuid, hotkey, commitBlock: submission.commit_block },
    uid: submission.uid,
    code,
    settings: { hparams: submission.settings, hash: submission.settings_hash },
    attempt: attemptOf(attempt),
  };
};
