import { setTimeout as sleep } from 'node:timers/promises';

import type { KeyringPair } from '@polkadot/keyring/types';

import type { Chain, PaymentReference, Transaction } from '../chain/index.js';
import { CrusadesError, crusadesError } from '../errors/index.js';
import { amountText, leastAlpha } from './amounts.js';
import { awaitFinal } from './final.js';
import { termsAt, type PaymentSettings, type PaymentTerms } from './terms.js';

/** What paying is going to do, for whoever has to agree to it. */
export interface PaymentPlan {
  readonly terms: PaymentTerms;
  readonly coldkey: string;
  /** Free balance of the coldkey, rao. */
  readonly free: bigint;
  /** What the fee buys at the moment, rao of alpha. */
  readonly quotedAlpha: bigint;
  /** The alpha is there already and needs only to be handed over. */
  readonly fromStake: boolean;
}

/**
 * For two transactions of some hundred bytes at the chain's weight fee, and the existential deposit of 500 rao, with
 * room to spare: 0.001 TAO.
 */
const FEES_RAO = 1_000_000n;

/**
 * Everything that can be found out before a fee is paid.
 *
 * @param fromStake hand over alpha that the coldkey has staked with the hotkey of the terms, instead of buying some
 * @throws `payment_funds_short`, `payment_unpriced`, `payment_unreceivable`, `chain_*`
 */
export const planPayment = async (
  chain: Pick<Chain, 'head' | 'hotkeysOf' | 'ownerOf' | 'alphaFor' | 'balanceOf' | 'stakeOf'>,
  netuid: number,
  settings: PaymentSettings,
  coldkey: string,
  fromStake = false,
): Promise<PaymentPlan> => {
  const head = await chain.head();
  const terms = await termsAt(chain, netuid, settings, head);
  const quotedAlpha = await chain.alphaFor(netuid, terms.feeRao, head);
  if (quotedAlpha === null) throw crusadesError('payment_unpriced', { netuid, block: head.number });
  const free = await chain.balanceOf(coldkey);
  const needed = FEES_RAO + (fromStake ? 0n : terms.feeRao);
  if (free < needed) {
    const amounts = { free: amountText(free), needed: amountText(needed) };
    throw crusadesError('payment_funds_short', { coldkey, ...amounts });
  }
  if (fromStake) await requireStake(chain, terms, coldkey, quotedAlpha);
  return { terms, coldkey, free, quotedAlpha, fromStake };
};

const requireStake = async (
  chain: Pick<Chain, 'stakeOf'>,
  { netuid, hotkey }: PaymentTerms,
  coldkey: string,
  quotedAlpha: bigint,
): Promise<void> => {
  const staked = await chain.stakeOf(netuid, hotkey, coldkey);
  if (staked >= leastAlpha(quotedAlpha)) return;
  throw crusadesError('argument_invalid', {
    argument: '--from-stake',
    reason: `the coldkey ${coldkey} has ${amountText(staked)} alpha staked with ${hotkey}, the fee is ${amountText(quotedAlpha)}`,
  });
};

/** Told while it pays: each step takes as long as blocks take to become final. */
export type TellStep = (step: 'staking' | 'handing over') => void;

type PayingChain = Pick<
  Chain,
  | 'addStake'
  | 'transferStake'
  | 'transactionAt'
  | 'findTransaction'
  | 'finalizedHead'
  | 'blockTimeSeconds'
  | 'stakeOf'
>;

/**
 * Pays a fee: buys alpha by staking TAO with the hotkey of the terms, then hands it to the payee. Each step counts
 * once its block is final, because a payment is named by its place. A step of which no answer comes is looked for on
 * the chain before it counts as failed.
 *
 * @returns where the payment stands
 * @throws `chain_call_refused` and the like before anything was staked; `payment_incomplete` afterwards;
 *   `chain_outcome_unknown` when nobody knows whether it was staked
 */
export const pay = async (
  chain: PayingChain,
  coldkey: KeyringPair,
  plan: PaymentPlan,
  tell: TellStep = () => undefined,
): Promise<PaymentReference> => {
  let alpha = plan.quotedAlpha;
  if (!plan.fromStake) {
    tell('staking');
    alpha = await buy(chain, coldkey, plan);
  }
  tell('handing over');
  try {
    return await handOver(chain, coldkey, plan.terms, alpha);
  } catch (error) {
    if (!(error instanceof CrusadesError)) throw error;
    const { hotkey } = plan.terms;
    const details = { alpha: amountText(alpha), hotkey, reason: error.message.replace(/\.$/, '') };
    throw crusadesError('payment_incomplete', details, { cause: error });
  }
};

/** @returns the alpha that was bought, rao */
const buy = async (
  chain: PayingChain,
  coldkey: KeyringPair,
  { terms: { netuid, hotkey, feeRao }, quotedAlpha }: PaymentPlan,
): Promise<bigint> => {
  const staked = () => chain.stakeOf(netuid, hotkey, coldkey.address);
  const before = await staked();
  try {
    const inclusion = await chain.addStake(coldkey, netuid, hotkey, feeRao);
    const { block, extrinsicIndex } = await awaitFinal(chain, 'add_stake', inclusion);
    const bought = boughtBy(await chain.transactionAt(block, extrinsicIndex));
    if (bought !== null) return bought;
    throw crusadesError('chain_no_effect', { call: 'add_stake', block, event: 'SubtensorModule.StakeAdded' });
  } catch (error) {
    if (!isUnknown(error)) throw error;
    const bought = await looked(chain, async () => {
      const gained = (await staked()) - before;
      return gained >= leastAlpha(quotedAlpha) ? gained : null;
    });
    if (bought === null) throw error;
    return bought;
  }
};

/** `StakeAdded` (coldkey, hotkey, tao, alpha, netuid, fee) */
const boughtBy = (transaction: Transaction | null): bigint | null => {
  const added = transaction?.events.find(({ name }) => name === 'StakeAdded');
  const alpha = added?.values[3];
  return typeof alpha === 'number' || typeof alpha === 'string' ? BigInt(alpha) : null;
};

const handOver = async (
  chain: PayingChain,
  coldkey: KeyringPair,
  { netuid, hotkey, payee }: PaymentTerms,
  bought: bigint,
): Promise<PaymentReference> => {
  const staked = await chain.stakeOf(netuid, hotkey, coldkey.address);
  // Shares of a pool round down: of what was bought a few rao may be missing, and asking for them would be refused.
  const alpha = staked > 0n && staked < bought ? staked : bought;
  const { number: start } = await chain.finalizedHead();
  try {
    const inclusion = await chain.transferStake(coldkey, netuid, { to: payee, hotkey, alpha });
    return await awaitFinal(chain, 'transfer_stake', inclusion);
  } catch (error) {
    if (!isUnknown(error)) throw error;
    const wanted = { signer: coldkey.address, call: 'SubtensorModule.transfer_stake' };
    const place = await looked(chain, async () => {
      const { number: finalized } = await chain.finalizedHead();
      return chain.findTransaction(wanted, start + 1, finalized);
    });
    if (place === null) throw error;
    return place;
  }
};

const isUnknown = (error: unknown): boolean =>
  error instanceof CrusadesError && error.code === 'chain_outcome_unknown';

const LOOKS = 10;

/** Looks once a block for what a lost transaction may have done. Null: it is not there. */
const looked = async <T>(
  chain: Pick<Chain, 'blockTimeSeconds'>,
  look: () => Promise<T | null>,
): Promise<T | null> => {
  for (let looks = 1; ; looks += 1) {
    const found = await look();
    if (found !== null || looks === LOOKS) return found;
    await sleep((await chain.blockTimeSeconds()) * 1000);
  }
};
