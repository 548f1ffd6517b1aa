import type { Kysely, Selectable } from 'kysely';

import { attemptsOf } from '../attempts.js';
import type { LedgerSchema } from '../schema.js';
import type { SubmissionDetail, SubmissionSummary } from '../types.js';

const SUMMARY_COLUMNS = [
  'id',
  'workflow_id',
  'network',
  'netuid',
  'competition_version',
  'hotkey',
  'uid',
  'commit_block',
  'reveal_round',
  'reveal_block',
  'url',
  'code_sha256',
  'stage',
  'outcome',
  'mfu',
  'evaluation',
  'error',
  'created_at',
  'updated_at',
  'finished_at',
] as const;

export interface RecentFilter {
  readonly network?: string;
  readonly netuid?: number;
  readonly hotkey?: string;
  /** Default 20, at most 1,000. */
  readonly limit?: number;
}

export const recentSubmissions = async (
  db: Kysely<LedgerSchema>,
  { network, netuid, hotkey, limit = 20 }: RecentFilter = {},
): Promise<SubmissionSummary[]> => {
  const rows = await db
    .selectFrom('submissions')
    .select(SUMMARY_COLUMNS)
    .$if(network !== undefined, (query) => query.where('network', '=', network ?? ''))
    .$if(netuid !== undefined, (query) => query.where('netuid', '=', netuid ?? 0))
    .$if(hotkey !== undefined, (query) => query.where('hotkey', '=', hotkey ?? ''))
    .orderBy('created_at', 'desc')
    .orderBy('commit_block', 'desc')
    .orderBy('id')
    .limit(Math.min(Math.max(limit, 1), 1000))
    .execute();
  return rows.map(summaryOf);
};

/** A hotkey stands for its newest submission. */
export const submissionStatus = async (
  db: Kysely<LedgerSchema>,
  name: string,
): Promise<SubmissionDetail | null> => {
  const row = await db
    .selectFrom('submissions')
    .select([...SUMMARY_COLUMNS, 'settings_hash'])
    .where((is) => is.or([is('id', '=', name), is('workflow_id', '=', name), is('hotkey', '=', name)]))
    .orderBy('commit_block', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const stages = await db
    .selectFrom('submission_stages')
    .select(['stage', 'entered_at', 'detail'])
    .where('submission_id', '=', row.id)
    .orderBy('entered_at')
    .execute();
  return {
    ...summaryOf(row),
    settingsHash: row.settings_hash,
    stages: stages.map(({ stage, entered_at, detail }) => ({ stage, at: entered_at, detail })),
    attempts: await attemptsOf(db, row.id),
  };
};

const summaryOf = (
  row: Pick<Selectable<LedgerSchema['submissions']>, (typeof SUMMARY_COLUMNS)[number]>,
): SubmissionSummary => ({
  submissionId: row.id,
  workflowId: row.workflow_id,
  network: row.network,
  netuid: row.netuid,
  competitionVersion: row.competition_version,
  hotkey: row.hotkey,
  uid: row.uid,
  commitBlock: row.commit_block,
  revealRound: row.reveal_round,
  revealBlock: row.reveal_block,
  url: row.url,
  codeSha256: row.code_sha256,
  stage: row.stage,
  outcome: row.outcome,
  mfu: row.mfu,
  evaluation: row.evaluation,
  error: row.error,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  finishedAt: row.finished_at,
});
