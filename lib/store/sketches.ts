import type { Kysely } from 'kysely';

import type { LedgerSchema } from './schema.js';
import type { CodeSketch, Comparison, NearestCode } from './types.js';

/** More than a competition has under way; each is compared in a fraction of a millisecond. */
const MOST_COMPARED = 1000;

export const keepSketch = async (
  db: Kysely<LedgerSchema>,
  { submissionId, sketch }: CodeSketch,
): Promise<void> => {
  await db
    .insertInto('code_sketches')
    .values({ submission_id: submissionId, sketch })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

/** What a hotkey changes of its own work is no news: only other hotkeys' code counts. */
export const comparableSketches = async (
  db: Kysely<LedgerSchema>,
  submissionId: string,
): Promise<CodeSketch[]> => {
  const rows = await db
    .selectFrom('submissions as own')
    .innerJoin('submissions as other', (join) =>
      join
        .onRef('other.network', '=', 'own.network')
        .onRef('other.netuid', '=', 'own.netuid')
        .onRef('other.competition_version', '=', 'own.competition_version')
        .onRef('other.hotkey', '<>', 'own.hotkey'),
    )
    .innerJoin('code_sketches', 'code_sketches.submission_id', 'other.id')
    .select(['other.id', 'code_sketches.sketch'])
    .where('own.id', '=', submissionId)
    .where((is) => is.or([is('other.finished_at', 'is', null), is('other.stage', '=', 'scored')]))
    .orderBy('code_sketches.recorded_at', 'desc')
    .orderBy('other.id')
    .limit(MOST_COMPARED)
    .execute();
  return rows.map(({ id, sketch }) => ({ submissionId: id, sketch }));
};

export const recordNearest = async (
  db: Kysely<LedgerSchema>,
  { submissionId, compared, nearest }: Comparison,
): Promise<NearestCode | null> => {
  await db
    .updateTable('code_sketches')
    .set({
      compared,
      nearest_id: nearest?.submissionId ?? null,
      similarity: nearest?.similarity ?? null,
    })
    .where('submission_id', '=', submissionId)
    // Made again, it answers what it answered first.
    .where('compared', 'is', null)
    .execute();
  return nearestCode(db, submissionId);
};

export const nearestCode = async (
  db: Kysely<LedgerSchema>,
  submissionId: string,
): Promise<NearestCode | null> => {
  const row = await db
    .selectFrom('code_sketches')
    .innerJoin('submissions', 'submissions.id', 'code_sketches.nearest_id')
    .select(['submissions.id', 'submissions.hotkey', 'submissions.commit_block', 'code_sketches.similarity'])
    .where('code_sketches.submission_id', '=', submissionId)
    .executeTakeFirst();
  if (row === undefined || row.similarity === null) return null;
  const { id, hotkey, commit_block: commitBlock, similarity } = row;
  return { submissionId: id, hotkey, commitBlock, similarity };
};
