import { u128, u8 } from '../scale/index.js';
import { PalletKit } from '../runtime/pallet.js';
import { accountId, taoBalance } from '../runtime/types.js';
import { newtype } from '../scale/index.js';

const kit = new PalletKit('TransactionPayment', 6, 'pallet_transaction_payment');

kit.value('NextFeeMultiplier', newtype('sp_arithmetic::fixed_point::FixedU128', u128, 'u128'), 10n ** 18n);

export const TransactionFeePaid = kit.event(0, 'TransactionFeePaid', {
  who: accountId,
  actual_fee: taoBalance,
  tip: taoBalance,
});

kit.constant('OperationalFeeMultiplier', u8, 5);

export const transactionPayment = kit.done();

/** Execution weight that every extrinsic is charged besides its call's. */
const BASE_WEIGHT = 130_000_000;

/** Fee in rao: 0.0005 rao per picosecond of execution and 1 rao per byte (runtime/src/lib.rs). */
export const feeOf = (weight: number, length: number): bigint =>
  BigInt(Math.ceil((BASE_WEIGHT + weight) * 0.0005)) + BigInt(length);
