import { bool, u64 } from '../../scale/index.js';
import { signedBy, type Context } from '../../runtime/context.js';
import {
  accountId,
  alphaBalance,
  netUid,
  taoBalance,
  ZERO_ACCOUNT,
  type AccountId,
} from '../../runtime/types.js';
import { deposit, freeBalance, withdraw } from '../balances.js';
import { specVersionOf } from '../system.js';
import { kit, subtensorFailure } from './declaration.js';
import { alphaPrice, applyBuy, applySell, quoteBuy, quoteSell, taoEquivalent } from './pool.js';
import { changeStake, stakeOf } from './stake.js';
import * as store from './storage.js';

const moved = [accountId, accountId, taoBalance, alphaBalance, netUid, u64] as const;
const StakeAdded = kit.tupleEvent(2, 'StakeAdded', ...moved);
const StakeRemoved = kit.tupleEvent(3, 'StakeRemoved', ...moved);
const StakeMoved = kit.tupleEvent(
  4,
  'StakeMoved',
  accountId,
  accountId,
  netUid,
  accountId,
  netUid,
  taoBalance,
);
const StakeTransferred = kit.tupleEvent(
  92,
  'StakeTransferred',
  accountId,
  accountId,
  accountId,
  netUid,
  netUid,
  taoBalance,
);

/** Smallest stake, or worth of a transfer, in rao of TAO. */
const LEAST = 2_000_000n;
const WEIGHT = 340_000_000;
/** Last spec version whose transfers silently took what was there when more was asked for. */
const LAST_WITH_CAP = 425;

kit.call(
  2,
  'add_stake',
  { hotkey: accountId, netuid: netUid, amount_staked: taoBalance },
  { weight: WEIGHT },
  (context, origin, { hotkey, netuid, amount_staked }) =>
    addStake(context, signedBy(origin), hotkey, netuid, amount_staked, null),
);

kit.call(
  88,
  'add_stake_limit',
  {
    hotkey: accountId,
    netuid: netUid,
    amount_staked: taoBalance,
    limit_price: taoBalance,
    allow_partial: bool,
  },
  { weight: WEIGHT },
  (context, origin, { hotkey, netuid, amount_staked, limit_price }) =>
    addStake(context, signedBy(origin), hotkey, netuid, amount_staked, limit_price),
);

kit.call(
  3,
  'remove_stake',
  { hotkey: accountId, netuid: netUid, amount_unstaked: alphaBalance },
  { weight: WEIGHT },
  (context, origin, { hotkey, netuid, amount_unstaked }) =>
    removeStake(context, signedBy(origin), hotkey, netuid, amount_unstaked, null),
);

kit.call(
  89,
  'remove_stake_limit',
  {
    hotkey: accountId,
    netuid: netUid,
    amount_unstaked: alphaBalance,
    limit_price: taoBalance,
    allow_partial: bool,
  },
  { weight: WEIGHT },
  (context, origin, { hotkey, netuid, amount_unstaked, limit_price }) =>
    removeStake(context, signedBy(origin), hotkey, netuid, amount_unstaked, limit_price),
);

kit.call(
  86,
  'transfer_stake',
  {
    destination_coldkey: accountId,
    hotkey: accountId,
    origin_netuid: netUid,
    destination_netuid: netUid,
    alpha_amount: alphaBalance,
  },
  { weight: WEIGHT },
  (context, origin, args) => {
    const coldkey = signedBy(origin);
    const { destination_coldkey, hotkey, origin_netuid, destination_netuid } = args;
    const tao = moveAlpha(
      context,
      { coldkey, hotkey, netuid: origin_netuid },
      { coldkey: destination_coldkey, hotkey, netuid: destination_netuid },
      args.alpha_amount,
    );
    const event = [coldkey, destination_coldkey, hotkey, origin_netuid, destination_netuid, tao] as const;
    context.deposit(StakeTransferred(...event));
  },
);

kit.call(
  85,
  'move_stake',
  {
    origin_hotkey: accountId,
    destination_hotkey: accountId,
    origin_netuid: netUid,
    destination_netuid: netUid,
    alpha_amount: alphaBalance,
  },
  { weight: WEIGHT },
  (context, origin, args) => {
    const coldkey = signedBy(origin);
    const { origin_hotkey, destination_hotkey, origin_netuid, destination_netuid } = args;
    const tao = moveAlpha(
      context,
      { coldkey, hotkey: origin_hotkey, netuid: origin_netuid },
      { coldkey, hotkey: destination_hotkey, netuid: destination_netuid },
      args.alpha_amount,
    );
    const event = [
      coldkey,
      origin_hotkey,
      origin_netuid,
      destination_hotkey,
      destination_netuid,
      tao,
    ] as const;
    context.deposit(StakeMoved(...event));
  },
);

/** Buys alpha for a coldkey, in the runtime's order of checks. A limit is the highest price, rao of TAO for one alpha. */
const addStake = (
  context: Context,
  coldkey: AccountId,
  hotkey: AccountId,
  netuid: number,
  tao: bigint,
  limitPrice: bigint | null,
): void => {
  const { state } = context;
  ensureOpen(context, netuid);
  if (tao < LEAST) throw subtensorFailure('AmountTooLow');
  if (freeBalance(state, coldkey) < tao) throw subtensorFailure('NotEnoughBalanceToStake');
  ensureHotkey(context, hotkey);
  const swap = quoteBuy(state, netuid, tao);
  if (!swap || swap.received === 0n) throw subtensorFailure('InsufficientLiquidity');
  withdraw(context, coldkey, tao);
  applyBuy(state, netuid, swap);
  if (limitPrice !== null && alphaPrice(state, netuid) > limitPrice)
    throw subtensorFailure('SlippageTooHigh');
  changeStake(state, hotkey, coldkey, netuid, swap.received);
  context.deposit(StakeAdded(coldkey, hotkey, tao, swap.received, netuid, swap.fee));
};

/** Sells a coldkey's alpha; what exceeds the position is left out, as in the runtime. A limit is the lowest price. */
const removeStake = (
  context: Context,
  coldkey: AccountId,
  hotkey: AccountId,
  netuid: number,
  asked: bigint,
  limitPrice: bigint | null,
): void => {
  const { state } = context;
  ensureOpen(context, netuid);
  ensureHotkey(context, hotkey);
  const held = stakeOf(state, hotkey, coldkey, netuid);
  const alpha = asked < held ? asked : held;
  if (alpha === 0n) throw subtensorFailure('NotEnoughStakeToWithdraw');
  const swap = quoteSell(state, netuid, alpha);
  if (!swap) throw subtensorFailure('InsufficientLiquidity');
  if (swap.received === 0n) throw subtensorFailure('AmountTooLow');
  changeStake(state, hotkey, coldkey, netuid, -alpha);
  applySell(state, netuid, swap);
  if (limitPrice !== null && alphaPrice(state, netuid) < limitPrice)
    throw subtensorFailure('SlippageTooHigh');
  deposit(context, coldkey, swap.received);
  context.deposit(StakeRemoved(coldkey, hotkey, swap.received, alpha, netuid, swap.fee));
};

interface Position {
  readonly coldkey: AccountId;
  readonly hotkey: AccountId;
  readonly netuid: number;
}

const same = (a: Position, b: Position): boolean =>
  a.coldkey === b.coldkey && a.hotkey === b.hotkey && a.netuid === b.netuid;

/**
 * Moves alpha from one position to another, across subnets by selling and buying again.
 *
 * @returns TAO's worth of what moved, rao
 */
const moveAlpha = (context: Context, from: Position, to: Position, asked: bigint): bigint => {
  const { state } = context;
  if (same(from, to)) throw subtensorFailure('SameNetuid');
  ensureOpen(context, from.netuid);
  if (to.netuid !== from.netuid) ensureOpen(context, to.netuid);
  ensureHotkey(context, from.hotkey);
  if (to.hotkey !== from.hotkey) ensureHotkey(context, to.hotkey);
  const held = stakeOf(state, from.hotkey, from.coldkey, from.netuid);
  const capped = specVersionOf(state) <= LAST_WITH_CAP && asked > held ? held : asked;
  if (capped > held || capped === 0n) throw subtensorFailure('NotEnoughStakeToWithdraw');
  const isCrossing = from.netuid !== to.netuid;
  const sale = isCrossing ? quoteSell(state, from.netuid, capped) : null;
  if (isCrossing && !sale) throw subtensorFailure('InsufficientLiquidity');
  if (from.coldkey !== to.coldkey && !store.TransferToggle.get(state, from.netuid)) {
    throw subtensorFailure('TransferDisallowed');
  }
  const tao = sale?.received ?? taoEquivalent(state, from.netuid, capped);
  if (tao < LEAST) throw subtensorFailure('AmountTooLow');

  changeStake(state, from.hotkey, from.coldkey, from.netuid, -capped);
  if (sale) applySell(state, from.netuid, sale);
  context.deposit(StakeRemoved(from.coldkey, from.hotkey, tao, capped, from.netuid, sale?.fee ?? 0n));
  const purchase = sale ? quoteBuy(state, to.netuid, tao) : null;
  if (sale && !purchase) throw subtensorFailure('InsufficientLiquidity');
  if (purchase) applyBuy(state, to.netuid, purchase);
  const arrived = purchase?.received ?? capped;
  changeStake(state, to.hotkey, to.coldkey, to.netuid, arrived);
  context.deposit(StakeAdded(to.coldkey, to.hotkey, tao, arrived, to.netuid, purchase?.fee ?? 0n));
  return tao;
};

const ensureOpen = ({ state }: Context, netuid: number): void => {
  if (!store.NetworksAdded.get(state, netuid)) throw subtensorFailure('SubnetNotExists');
  if (netuid !== 0 && !store.SubtokenEnabled.get(state, netuid)) throw subtensorFailure('SubtokenDisabled');
};

const ensureHotkey = ({ state }: Context, hotkey: AccountId): void => {
  if (store.Owner.get(state, hotkey) === ZERO_ACCOUNT) throw subtensorFailure('HotKeyAccountNotExists');
};
