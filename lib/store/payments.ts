import type { Kysely } from 'kysely';

import type { LedgerSchema } from './schema.js';
import type { PaymentClaim, PaymentUse } from './types.js';

/** The first submission that claims a payment keeps it, for ever and on every subnet of the network. */
export const claimPayment = async (
  db: Kysely<LedgerSchema>,
  { submissionId, network, block, extrinsicIndex, payer, alpha }: PaymentClaim,
): Promise<string> => {
  const place = { network, block, extrinsic_index: extrinsicIndex };
  await db
    .insertInto('payments')
    .values({ ...place, submission_id: submissionId, payer, amount_rao: alpha.toString() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { submission_id } = await db
    .selectFrom('payments')
    .select('submission_id')
    .where((where) => where.and(place))
    .executeTakeFirstOrThrow();
  return submission_id;
};

export const paymentUse = async (
  db: Kysely<LedgerSchema>,
  network: string,
  block: number,
  extrinsicIndex: number,
): Promise<PaymentUse | null> => {
  const row = await db
    .selectFrom('payments')
    .innerJoin('submissions', 'submissions.id', 'payments.submission_id')
    .select([
      'payments.submission_id as submissionId',
      'submissions.hotkey',
      'submissions.commit_block as commitBlock',
      'payments.payer',
      'payments.amount_rao as alpha',
      'payments.verified_at as verifiedAt',
      'submissions.settings',
    ])
    .where('payments.network', '=', network)
    .where('payments.block', '=', block)
    .where('payments.extrinsic_index', '=', extrinsicIndex)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { burn_uid, payment } = row.settings;
  return { ...row, settings: { burn_uid, payment } };
};
