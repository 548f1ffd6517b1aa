import { sql, type Kysely } from 'kysely';

import { crusadesError } from '../errors/index.js';
import type { Subnet } from '../progress/index.js';
import type { LedgerSchema } from './schema.js';
import { toJsonb, toNullableJsonb, toText } from './storable.js';
import type { Admission, NewSubmission, StageEntry } from './types.js';

/** Does nothing if it is there: the activity may run again. */
export const openSubmission = async (
  db: Kysely<LedgerSchema>,
  { submissionId, workflowId, key, revealRound, settings }: NewSubmission,
): Promise<void> => {
  await db
    .insertInto('submissions')
    .values({
      id: submissionId,
      network: key.network,
      netuid: key.netuid,
      competition_version: settings.hparams.competition_version,
      hotkey: key.hotkey,
      commit_block: key.commitBlock,
      workflow_id: workflowId,
      reveal_round: revealRound,
      settings: toJsonb(settings.hparams),
      settings_hash: settings.hash,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

/** @returns the block of the hotkey's last admitted commitment before a block; null if there is none */
export const lastAdmittedCommitBlock = async (
  db: Kysely<LedgerSchema>,
  { network, netuid }: Subnet,
  hotkey: string,
  beforeBlock: number,
): Promise<number | null> => {
  const { block } = await db
    .selectFrom('submissions')
    .select(({ fn }) => fn.max<number | null>('commit_block').as('block'))
    .where('network', '=', network)
    .where('netuid', '=', netuid)
    .where('hotkey', '=', hotkey)
    .where('commit_block', '<', beforeBlock)
    .where('admitted_at', 'is not', null)
    .executeTakeFirstOrThrow();
  return block;
};

/**
 * From now on it counts for the hotkey's rate limit.
 *
 * @throws `submission_unknown`
 */
export const admit = async (
  db: Kysely<LedgerSchema>,
  { submissionId, uid, revealBlock, url, committedHash }: Admission,
): Promise<void> => {
  const { numUpdatedRows } = await db
    .updateTable('submissions')
    .set({
      uid,
      reveal_block: revealBlock,
      url: toText(url),
      committed_hash: committedHash,
      // Admitted again, it keeps the time of the first admission.
      admitted_at: sql<string>`coalesce(admitted_at, now())`,
      updated_at: sql<string>`now()`,
    })
    .where('id', '=', submissionId)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw unknownSubmission(submissionId);
};

/**
 * Entries may arrive in another order than they were made: each is kept, the submission's stage is that of the latest.
 * Once the submission has ended none is.
 *
 * @throws `submission_unknown`
 */
export const enterStage = (
  db: Kysely<LedgerSchema>,
  { submissionId, stage, at, detail }: StageEntry,
): Promise<void> =>
  db.transaction().execute(async (transaction) => {
    const submission = await transaction
      .selectFrom('submissions')
      .select('finished_at')
      .where('id', '=', submissionId)
      .forUpdate()
      .executeTakeFirst();
    if (submission === undefined) throw unknownSubmission(submissionId);
    if (submission.finished_at !== null) return;

    await transaction
      .insertInto('submission_stages')
      .values({ submission_id: submissionId, stage, entered_at: at, detail: toNullableJsonb(detail ?? null) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await transaction
      .updateTable('submissions')
      .set({ stage, updated_at: sql<string>`now()` })
      .where('id', '=', submissionId)
      .where((is) =>
        is.not(
          is.exists(
            is
              .selectFrom('submission_stages')
              .select('entered_at')
              .where('submission_id', '=', submissionId)
              .where('entered_at', '>', at),
          ),
        ),
      )
      .execute();
  });

/** Takes the result of the last evaluation away. Does nothing if this one has begun, or a later one. */
export const beginEvaluation = async (
  db: Kysely<LedgerSchema>,
  submissionId: string,
  evaluation: number,
): Promise<void> => {
  await db
    .updateTable('submissions')
    .set({
      evaluation,
      stage: 'queued',
      outcome: null,
      error: null,
      mfu: null,
      finished_at: null,
      updated_at: sql<string>`now()`,
    })
    .where('id', '=', submissionId)
    .where('evaluation', '<', evaluation)
    .execute();
};

/** The error for a submission that the ledger does not have. */
export const unknownSubmission = (submissionId: string): Error =>
  crusadesError('submission_unknown', { name: `the submission ${submissionId}` });
