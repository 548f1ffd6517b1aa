import type {
  ChainHead,
  ChainReader,
  PaymentReference,
  Transaction,
  TransactionReader,
} from '../chain/index.js';
import { CrusadesError, crusadesError } from '../errors/index.js';
import { leastAlpha } from './amounts.js';
import { judgePayment, paymentName, type Expectation, type JudgedPayment } from './judge.js';
import { termsAt, type PaymentSettings } from './terms.js';

/** What is read of a chain to verify a payment. */
export type PaymentChain = Pick<ChainReader, 'finalizedHead' | 'hotkeysOf'> &
  Pick<TransactionReader, 'transactionAt' | 'ownerOf' | 'alphaFor'>;

/** Which payment is to count, for whom, and since when. */
export interface PaymentClaim {
  readonly reference: PaymentReference;
  readonly netuid: number;
  /** The miner. */
  readonly hotkey: string;
  /** Block of the commitment that names the payment. */
  readonly commitBlock: number;
}

/**
 * Verifies a payment from its block alone, whoever asks and whenever: every fact is read as it was then.
 *
 * @throws `payment_late`, `payment_expired`, `payment_not_found`, `payment_invalid`, `payment_foreign`,
 *   `payment_short`; `payment_not_final`, `payment_unpriced`, `payment_unreceivable` and `payment_unverifiable`, which
 *   may pass; `chain_*`
 */
export const verifyPayment = async (
  chain: PaymentChain,
  claim: PaymentClaim,
  settings: PaymentSettings,
): Promise<JudgedPayment> => {
  requireInTime(claim, settings.payment.valid_blocks);
  const payment = paymentName(claim.reference);
  const { number: finalized } = await chain.finalizedHead();
  if (claim.reference.block > finalized) throw crusadesError('payment_not_final', { payment, finalized });
  try {
    const transaction = await transactionOf(chain, claim.reference);
    return judgePayment(transaction, await expectationOf(chain, claim, transaction, settings));
  } catch (error) {
    if (!(error instanceof CrusadesError) || error.code !== 'chain_state_discarded') throw error;
    const endpoint = String(error.details['endpoint']);
    throw crusadesError('payment_unverifiable', { payment, endpoint }, { cause: error });
  }
};

/** A payment comes before its commitment, by at most `limit` blocks. @throws `payment_late`, `payment_expired` */
export const requireInTime = ({ reference, commitBlock }: PaymentClaim, limit: number): void => {
  const payment = paymentName(reference);
  const blocks = commitBlock - reference.block;
  if (blocks < 1) throw crusadesError('payment_late', { payment, commitBlock });
  if (blocks > limit) throw crusadesError('payment_expired', { payment, blocks, limit });
};

const transactionOf = async (
  chain: Pick<TransactionReader, 'transactionAt'>,
  reference: PaymentReference,
): Promise<Transaction> => {
  const transaction = await chain.transactionAt(reference.block, reference.extrinsicIndex);
  if (transaction) return transaction;
  throw crusadesError('payment_not_found', { payment: paymentName(reference) });
};

/**
 * Owners and terms count as they were when the payment's block had run, the price as it was before: what the payment
 * itself did to the price does not change what it had to be.
 */
const expectationOf = async (
  chain: PaymentChain,
  { hotkey, netuid }: PaymentClaim,
  { block, blockHash, parentHash }: Transaction,
  settings: PaymentSettings,
): Promise<Expectation> => {
  const at: ChainHead = { number: block, hash: blockHash };
  const terms = await termsAt(chain, netuid, settings, at);
  const owner = await chain.ownerOf(hotkey, at);
  const quoted = await chain.alphaFor(netuid, terms.feeRao, { hash: parentHash });
  if (quoted === null) throw crusadesError('payment_unpriced', { netuid, block: block - 1 });
  return { terms, hotkey, owner: owner ?? 'nobody', leastAlpha: leastAlpha(quoted) };
};
