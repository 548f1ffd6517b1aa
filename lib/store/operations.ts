import { sql, type Kysely } from 'kysely';

import type { LedgerSchema } from './schema.js';
import { toJsonb, toNullableJsonb, toText } from './storable.js';
import type { OperatorAction, WeightSubmission } from './types.js';

/** What is known for good; a record that comes late does not undo it. */
const SETTLED = ['confirmed', 'refused', 'failed', 'skipped'] as const;

export const recordWeights = async (
  db: Kysely<LedgerSchema>,
  submission: WeightSubmission,
): Promise<void> => {
  await db
    .insertInto('weight_submissions')
    .values({
      network: submission.network,
      netuid: submission.netuid,
      hotkey: submission.hotkey,
      decided_block: submission.decidedBlock,
      attempt: submission.attempt,
      target: toJsonb(submission.target),
      reason: toText(submission.reason),
      route: submission.route,
      outcome: submission.outcome,
      tx_hash: submission.txHash,
      block: submission.block,
      confirmed_block: submission.confirmedBlock,
      error: toNullableJsonb(submission.error),
      decided_at: submission.at,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['network', 'netuid', 'hotkey', 'decided_block', 'attempt'])
        .doUpdateSet((is) => ({
          outcome: is.ref('excluded.outcome'),
          route: is.fn.coalesce('excluded.route', 'weight_submissions.route'),
          tx_hash: is.fn.coalesce('excluded.tx_hash', 'weight_submissions.tx_hash'),
          block: is.fn.coalesce('excluded.block', 'weight_submissions.block'),
          confirmed_block: is.fn.coalesce('excluded.confirmed_block', 'weight_submissions.confirmed_block'),
          error: sql<string | null>`excluded.error`,
          updated_at: sql<string>`now()`,
        }))
        .where('weight_submissions.outcome', 'not in', SETTLED),
    )
    .execute();
};

export const recordOperatorAction = async (
  db: Kysely<LedgerSchema>,
  { id, action, reason, target, actor, at }: OperatorAction,
): Promise<void> => {
  await db
    .insertInto('operator_actions')
    .values({ id, action, reason: toText(reason), target, actor, at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};
