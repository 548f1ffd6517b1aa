import type { Kysely } from 'kysely';

import type { Subnet } from '../../progress/index.js';
import type { LedgerSchema } from '../schema.js';
import type { OperatorAction, WeightSubmission } from '../types.js';

export const weightHistory = async (
  db: Kysely<LedgerSchema>,
  { network, netuid }: Subnet,
  limit = 20,
): Promise<WeightSubmission[]> => {
  const rows = await db
    .selectFrom('weight_submissions')
    .selectAll()
    .where('network', '=', network)
    .where('netuid', '=', netuid)
    .orderBy('decided_block', 'desc')
    .orderBy('attempt', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    network: row.network,
    netuid: row.netuid,
    hotkey: row.hotkey,
    decidedBlock: row.decided_block,
    attempt: row.attempt,
    target: row.target,
    reason: row.reason,
    route: row.route,
    outcome: row.outcome,
    txHash: row.tx_hash,
    block: row.block,
    confirmedBlock: row.confirmed_block,
    error: row.error,
    at: row.decided_at,
  }));
};

export const operatorActions = (db: Kysely<LedgerSchema>, limit = 20): Promise<OperatorAction[]> =>
  db
    .selectFrom('operator_actions')
    .select(['id', 'action', 'reason', 'target', 'actor', 'at'])
    .orderBy('at', 'desc')
    .limit(limit)
    .execute();
