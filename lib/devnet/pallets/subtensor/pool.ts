import type { StateReader, StateWriter } from '../../runtime/state.js';
import { FeeRate } from '../swap.js';
import * as store from './storage.js';

const FEE_UNITS = 65_535n;
const RAO = 1_000_000_000n;
/** What a pool must keep of each side (the constant `Swap.MinimumReserve`), rao. */
const MINIMUM_RESERVE = 1_000_000n;

/** What a swap moves, in rao. The fee is in what was put in. */
export interface Swap {
  readonly paid: bigint;
  readonly received: bigint;
  readonly fee: bigint;
  /** How much more would have been received at the price before. */
  readonly slippage: bigint;
}

/**
 * Whether TAO and alpha of a subnet are one to one: on root and on subnets of mechanism 0, which have no pool.
 */
const isStable = (state: StateReader, netuid: number): boolean =>
  netuid === 0 || store.SubnetMechanism.get(state, netuid) === 0;

/** rao of TAO that one alpha costs before any swap. */
export const alphaPrice = (state: StateReader, netuid: number): bigint => {
  if (isStable(state, netuid)) return RAO;
  const alpha = store.SubnetAlphaIn.get(state, netuid);
  return alpha === 0n ? 0n : (store.SubnetTAO.get(state, netuid) * RAO) / alpha;
};

/** TAO's worth of alpha at the price as it is, in rao. */
export const taoEquivalent = (state: StateReader, netuid: number, alpha: bigint): bigint =>
  (alpha * alphaPrice(state, netuid)) / RAO;

/** What buying alpha would do; null where the pool cannot. Reserves weigh the same, so their product stays. */
export const quoteBuy = (state: StateReader, netuid: number, tao: bigint): Swap | null =>
  quote(state, netuid, tao, store.SubnetTAO.get(state, netuid), store.SubnetAlphaIn.get(state, netuid));

/** What selling alpha would do; null where the pool cannot. */
export const quoteSell = (state: StateReader, netuid: number, alpha: bigint): Swap | null =>
  quote(state, netuid, alpha, store.SubnetAlphaIn.get(state, netuid), store.SubnetTAO.get(state, netuid));

const quote = (
  state: StateReader,
  netuid: number,
  paid: bigint,
  reserveIn: bigint,
  reserveOut: bigint,
): Swap | null => {
  if (isStable(state, netuid)) return { paid, received: paid, fee: 0n, slippage: 0n };
  if (paid === 0n || reserveIn === 0n) return null;
  const fee = (paid * BigInt(FeeRate.get(state, netuid))) / FEE_UNITS;
  const net = paid - fee;
  const received = (reserveOut * net) / (reserveIn + net);
  if (reserveOut - received < MINIMUM_RESERVE) return null;
  return { paid, received, fee, slippage: (net * reserveOut) / reserveIn - received };
};

/** Puts TAO into a pool and takes the alpha out. Fees stay in the pool. */
export const applyBuy = (state: StateWriter, netuid: number, { paid, received }: Swap): void => {
  store.TotalStake.put(state, store.TotalStake.get(state) + paid);
  add(state, store.SubnetTAO, netuid, paid);
  add(state, store.SubnetAlphaOut, netuid, received);
  if (isStable(state, netuid)) return;
  add(state, store.SubnetAlphaIn, netuid, -received);
  add(state, store.SubnetVolume, netuid, paid);
};

/** Gives alpha back to a pool and takes the TAO out. */
export const applySell = (state: StateWriter, netuid: number, { paid, received }: Swap): void => {
  store.TotalStake.put(state, store.TotalStake.get(state) - received);
  add(state, store.SubnetTAO, netuid, -received);
  add(state, store.SubnetAlphaOut, netuid, -paid);
  if (isStable(state, netuid)) return;
  add(state, store.SubnetAlphaIn, netuid, paid);
  add(state, store.SubnetVolume, netuid, received);
};

type Amounts = typeof store.SubnetTAO;

const add = (state: StateWriter, item: Amounts, netuid: number, amount: bigint): void => {
  const sum = item.get(state, netuid) + amount;
  item.put(state, netuid, sum < 0n ? 0n : sum);
};
