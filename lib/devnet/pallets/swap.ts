import { fixedBytes, struct, u16, u64 } from '../scale/index.js';
import { ensureRoot } from '../runtime/context.js';
import { PalletKit } from '../runtime/pallet.js';
import { twox64 } from '../runtime/storage.js';
import { netUid } from '../runtime/types.js';

/*
 * pallets/swap of subtensor: what the pools of the subnets cost and how they are weighted. The pools themselves are
 * SubtensorModule's; `subtensor/pool.ts` swaps with them.
 */
const kit = new PalletKit('Swap', 28, 'pallet_subtensor_swap');

const perSubnet = [twox64(netUid)] as const;
/** Half of 10^18: both sides of a pool weigh the same. */
const EVEN = 500_000_000_000_000_000n;

/** Share of what is put in that a swap costs, of 65,535. */
export const FeeRate = kit.map('FeeRate', perSubnet, u16, 33);
kit.map(
  'SwapBalancer',
  perSubnet,
  struct('pallet_subtensor_swap::pallet::balancer::Balancer', { quote: u64 }),
  { quote: EVEN },
);

const FeeRateSet = kit.event(0, 'FeeRateSet', { netuid: netUid, rate: u16 });

const failure = kit.errors([
  'FeeRateTooHigh',
  'InsufficientInputAmount',
  'InsufficientLiquidity',
  'PriceLimitExceeded',
  'InsufficientBalance',
  'InvalidTickRange',
  'InvalidLiquidityValue',
  'ReservesTooLow',
  'MechanismDoesNotExist',
  'SubtokenDisabled',
  'ReservesOutOfBalance',
  'SwapInputTooLarge',
  'Deprecated',
]);

const MAX_FEE_RATE = 10_000;

kit.call(0, 'set_fee_rate', { netuid: netUid, rate: u16 }, {}, (context, origin, { netuid, rate }) => {
  ensureRoot(origin);
  if (rate > MAX_FEE_RATE) throw failure('FeeRateTooHigh');
  FeeRate.put(context.state, netuid, rate);
  context.deposit(FeeRateSet({ netuid, rate }));
});

kit.constant('ProtocolId', fixedBytes(8), new TextEncoder().encode('ten/swap'));
kit.constant('MaxFeeRate', u16, MAX_FEE_RATE);
kit.constant('MinimumLiquidity', u64, 1000n);
kit.constant('MinimumReserve', u64, 1_000_000n);

export const swap = kit.done();
