import type { ChainReader } from '../chain/types.js';
import { parseCommitmentText, type PaymentReference } from '../chain/commitment-text.js';
import { crusadesError } from '../errors/index.js';
import { paymentName, verifyPayment, type PaymentChain } from '../payment/index.js';
import type { Hparams } from '../settings/index.js';
import type { Ledger } from '../store/index.js';
import type { FreshCommitment } from './fresh-commitments.js';
import type { RevealedCommitment } from './reveal.js';

/** A submission that is allowed to compete. */
export interface Entry {
  readonly submissionId: string;
  readonly hotkey: string;
  readonly uid: number;
  readonly commitBlock: number;
  readonly url: string;
  /** First 32 hex digits of the file's sha256. */
  readonly committedHash: string;
}

/**
 * Decides whether a revealed commitment may compete, and records that it does.
 *
 * Its payment, where one is asked for, is looked at last: what is refused for another reason leaves it unused.
 *
 * @throws `commitment_malformed`, `commitment_too_long`, `hotkey_not_registered`, `rate_limited`, `payment_*`
 */
export async function admitCommitment(
  chain: Pick<ChainReader, 'uidOf'> & PaymentChain,
  ledger: Pick<Ledger, 'lastAdmittedCommitBlock' | 'claimPayment' | 'admit'>,
  commitment: FreshCommitment,
  revealed: RevealedCommitment,
  hparams: Hparams,
): Promise<Entry> {
  const { submissionId, key } = commitment;
  const { hotkey, netuid, commitBlock } = key;
  const { url, hash, payment } = parseCommitmentText(revealed.text);

  const uid = await chain.uidOf(netuid, hotkey, await chain.finalizedHead());
  if (uid === null) throw crusadesError('hotkey_not_registered', { hotkey, netuid });

  const last = await ledger.lastAdmittedCommitBlock(key, hotkey, commitBlock);
  requirePause(last, commitBlock, hparams.min_blocks_between_commits);

  if (hparams.payment.enabled) await takePayment(chain, ledger, commitment, payment, hparams);
  await ledger.admit({ submissionId, uid, revealBlock: revealed.revealBlock, url, committedHash: hash });
  return { submissionId, hotkey, uid, commitBlock, url, committedHash: hash };
}

/** @throws `rate_limited` when fewer than `limit` blocks lie between two commitments of one hotkey */
export function requirePause(lastBlock: number | null, commitBlock: number, limit: number): void {
  if (lastBlock === null) return;
  const blocks = commitBlock - lastBlock;
  if (blocks < limit) throw crusadesError('rate_limited', { blocks, limit, next: lastBlock + limit });
}

/** Verifies the payment that a commitment names, and uses it up. @throws `payment_*`, `chain_*` */
async function takePayment(
  chain: PaymentChain,
  ledger: Pick<Ledger, 'claimPayment'>,
  { submissionId, key }: FreshCommitment,
  reference: PaymentReference | undefined,
  hparams: Hparams,
): Promise<void> {
  if (!reference) throw crusadesError('payment_missing', {});
  const { network, ...claim } = key;
  const { payer, alpha } = await verifyPayment(chain, { ...claim, reference }, hparams);
  const user = await ledger.claimPayment({ submissionId, network, ...reference, payer, alpha });
  if (user === submissionId) return;
  throw crusadesError('payment_reused', { payment: paymentName(reference), submission: user });
}
