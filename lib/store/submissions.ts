import { sql, type Kysely } from 'kysely';

import { crusadesError } from '../errors/index.js';
import type { Subnet } from '../progress/index.js';
import type { LedgerSchema } from './schema.js';
import { toJsonb, toNullableJsonb, toText } from './storable.js';
import type { Admission, NewSubmission, StageEntry } from './types.js';

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

/** The entry is kept in any case; the submission's stage follows unless it has ended or moved on since. */
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

export const unknownSubmission = (submissionId: string): Error =>
  crusadesError('submission_unknown', { name: `the submission ${submissionId}` });
