import { EXISTENTIAL_DEPOSIT } from '../pallets/balances.js';
import { Key } from '../pallets/sudo.js';
import { Account, BLOCK_HASH_COUNT, specVersionOf } from '../pallets/system.js';
import { feeOf } from '../pallets/transaction-payment.js';
import type { Context } from '../runtime/context.js';
import { DispatchFailure, ModuleFailure } from '../runtime/errors.js';
import { ZERO_ACCOUNT, type AccountId } from '../runtime/types.js';
import { birthOf, isProperlySigned, type Extrinsic } from './extrinsic.js';

/** Why a transaction is not taken, with the text that a node gives. */
export class InvalidTransaction extends Error {
  override readonly name = 'InvalidTransaction';
}

const STALE = 'Transaction is outdated';
const BAD_PROOF = 'Transaction has a bad signature';
const BAD_SIGNER = 'Invalid signing address';
const ANCIENT = 'Transaction has an ancient birth block';
const PAYMENT = 'Inability to pay some fees (e.g. account balance too low)';
const CALL = 'Transaction call is not expected';
const FUTURE = 'Transaction will be valid in the future';

/** `CustomTransactionError` of the runtime for the failures that its guards can meet; anything else is 255. */
const CUSTOM_CODES: Readonly<Record<string, number>> = {
  AmountTooLow: 1,
  NotEnoughStakeToSetWeights: 1,
  SubnetNotExists: 3,
  SettingWeightsTooFast: 6,
  CommittingWeightsTooFast: 6,
  NetworkTxRateLimitExceeded: 6,
  InvalidRevealRound: 15,
  InputLengthsUnequal: 18,
  HotKeyNotRegisteredInSubNet: 19,
};
const OTHER_CUSTOM_CODE = 255;

/** A signed transaction that may go into a block, now or once its nonce is due. */
export interface ValidTransaction {
  readonly who: AccountId;
  readonly nonce: number;
  /** rao, the tip included. */
  readonly fee: bigint;
  readonly tip: bigint;
  /** Last block that may hold it. */
  readonly lastBlock: number;
}

/** What validity depends on besides the state. */
export interface ChainFacts {
  readonly genesisHash: string;
  /** Null where there is no such block. Hex. */
  hashOf(block: number): string | null;
}

/**
 * The checks of the runtime's transaction extensions, in their order.
 *
 * @param length bytes of the extrinsic, for the fee
 * @param nonceIsDue a future nonce is refused too: it is about to go into a block
 * @throws InvalidTransaction
 */
export const checkTransaction = (
  context: Context,
  facts: ChainFacts,
  extrinsic: Extrinsic,
  length: number,
  nonceIsDue: boolean,
): ValidTransaction => {
  const { signed, call } = extrinsic;
  // Inherents and pulses are the node's own.
  if (!signed) throw new InvalidTransaction(CALL);
  if (signed.address.kind !== 'Id' || signed.address.value === ZERO_ACCOUNT)
    throw new InvalidTransaction(BAD_SIGNER);
  const who = signed.address.value;

  const birth = signed.era ? birthOf(signed.era, context.block) : 0;
  // An era that begins with this block is of its next round: its last block is behind us.
  const isForgotten = birth > 0 && birth < context.block - BLOCK_HASH_COUNT;
  const birthHash = !signed.era ? facts.genesisHash : isForgotten ? null : facts.hashOf(birth);
  if (birthHash === null) throw new InvalidTransaction(ANCIENT);
  const chain = { genesisHash: facts.genesisHash, birthHash, specVersion: specVersionOf(context.state) };
  if (!isProperlySigned(extrinsic, who, chain)) throw new InvalidTransaction(BAD_PROOF);

  const account = Account.get(context.state, who);
  if (signed.nonce < account.nonce) throw new InvalidTransaction(STALE);
  if (nonceIsDue && signed.nonce > account.nonce) throw new InvalidTransaction(FUTURE);
  const fee = (call.pays ? feeOf(call.weight, length) : 0n) + signed.tip;
  if (fee > 0n && account.data.free - fee < EXISTENTIAL_DEPOSIT) throw new InvalidTransaction(PAYMENT);
  if (call.pallet === 'Sudo' && Key.get(context.state) !== who) throw new InvalidTransaction(BAD_SIGNER);
  guard(() => call.guard(context, who));

  const lastBlock = signed.era ? birth + signed.era.period - 1 : Infinity;
  return { who, nonce: signed.nonce, fee, tip: signed.tip, lastBlock };
};

const guard = (check: () => void): void => {
  try {
    check();
  } catch (error) {
    if (!(error instanceof DispatchFailure)) throw error;
    const code = error instanceof ModuleFailure ? CUSTOM_CODES[error.errorName] : undefined;
    throw new InvalidTransaction(`Custom error: ${code ?? OTHER_CUSTOM_CODE}`);
  }
};
