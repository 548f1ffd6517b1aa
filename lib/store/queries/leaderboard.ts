import { sql, type Kysely } from 'kysely';

import type { Subnet } from '../../progress/index.js';
import { competitionColumns, currentLeader, standingOf } from '../leadership.js';
import type { LedgerSchema } from '../schema.js';
import type { Competition, Leaderboard, LeaderChange, Standing } from '../types.js';

export const standing = async (
  db: Kysely<LedgerSchema>,
  competition: Competition,
  block: number,
): Promise<Standing> => standingOf(await currentLeader(db, competition), block);

/** Best score of each hotkey, the leader on top although a later score within the threshold may be higher. */
export const leaderboard = async (
  db: Kysely<LedgerSchema>,
  competition: Competition,
  block: number,
  limit = 100,
): Promise<Leaderboard> => {
  const now = await standing(db, competition, block);
  const leads = sql<boolean>`scores.submission_id = ${now.leader?.submissionId ?? ''}`;
  const rows = await db
    .with('best', (query) =>
      query
        .selectFrom('scores')
        .innerJoin('submissions', 'submissions.id', 'scores.submission_id')
        .distinctOn('submissions.hotkey')
        .select(['submissions.hotkey', 'submissions.uid', 'scores.submission_id', 'scores.mfu'])
        .select(['scores.scored_block', 'scores.recorded_at', 'scores.sequence', leads.as('leads')])
        .where((where) => where.and(competitionColumns(competition)))
        .orderBy('submissions.hotkey')
        .orderBy(leads, 'desc')
        .orderBy('scores.mfu', 'desc')
        .orderBy('scores.sequence'),
    )
    .selectFrom('best')
    .selectAll()
    .orderBy('leads', 'desc')
    .orderBy('mfu', 'desc')
    .orderBy('sequence')
    .limit(limit)
    .execute();
  return {
    competition,
    standing: now,
    entries: rows.map((row, index) => ({
      rank: index + 1,
      hotkey: row.hotkey,
      uid: row.uid,
      submissionId: row.submission_id,
      mfu: row.mfu,
      block: row.scored_block,
      at: row.recorded_at,
      leads: row.leads,
    })),
  };
};

export const latestCompetition = async (
  db: Kysely<LedgerSchema>,
  { network, netuid }: Subnet,
): Promise<Competition | null> => {
  const { version } = await db
    .selectFrom('submissions')
    .select(({ fn }) => fn.max<number | null>('competition_version').as('version'))
    .where('network', '=', network)
    .where('netuid', '=', netuid)
    .executeTakeFirstOrThrow();
  return version === null ? null : { network, netuid, competitionVersion: version };
};

export const leaderHistory = async (
  db: Kysely<LedgerSchema>,
  competition: Competition,
): Promise<LeaderChange[]> => {
  const rows = await db
    .selectFrom('leader_history')
    .innerJoin('submissions', 'submissions.id', 'leader_history.submission_id')
    .selectAll('leader_history')
    .select('submissions.hotkey')
    .where('leader_history.network', '=', competition.network)
    .where('leader_history.netuid', '=', competition.netuid)
    .where('leader_history.competition_version', '=', competition.competitionVersion)
    .orderBy('leader_history.sequence')
    .execute();
  return rows.map((row) => ({
    sequence: row.sequence,
    submissionId: row.submission_id,
    hotkey: row.hotkey,
    mfu: row.mfu,
    block: row.block,
    thresholdBefore: row.threshold_before,
    thresholdAfter: row.threshold_after,
    transition: row.transition,
    at: row.recorded_at,
  }));
};
