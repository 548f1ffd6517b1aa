import type { Kysely, Transaction } from 'kysely';

import { mfuToBeat, thresholdAt } from '../scoring/index.js';
import type { LedgerSchema } from './schema.js';
import type { Competition, Leader, Standing } from './types.js';

type Database = Kysely<LedgerSchema> | Transaction<LedgerSchema>;

/** The competition's columns, as the tables name them. */
export const competitionColumns = ({ network, netuid, competitionVersion }: Competition) => ({
  network,
  netuid,
  competition_version: competitionVersion,
});

/** The leader: what the newest entry of the leader history says. */
export const currentLeader = async (db: Database, competition: Competition): Promise<Leader | null> => {
  const row = await db
    .selectFrom('leader_history')
    .innerJoin('submissions', 'submissions.id', 'leader_history.submission_id')
    .select(['leader_history.transition', 'submissions.hotkey', 'submissions.uid'])
    .where('leader_history.network', '=', competition.network)
    .where('leader_history.netuid', '=', competition.netuid)
    .where('leader_history.competition_version', '=', competition.competitionVersion)
    .orderBy('leader_history.sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { ...row.transition.leader, hotkey: row.hotkey, uid: row.uid };
};

/** Leader, threshold and what must be beaten at `block`. */
export const standingOf = (leader: Leader | null, block: number): Standing => ({
  leader,
  threshold: leader === null ? 0 : thresholdAt(leader.threshold, block),
  mfuToBeat: mfuToBeat(leader, block),
  block,
});
