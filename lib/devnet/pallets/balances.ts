import { bool, compact } from '../scale/index.js';
import { ensureRoot, signedBy, type Context } from '../runtime/context.js';
import { DispatchFailure, tokenFailure } from '../runtime/errors.js';
import { PalletKit } from '../runtime/pallet.js';
import type { StateReader } from '../runtime/state.js';
import { accountId, multiAddress, taoBalance, type AccountId, type MultiAddress } from '../runtime/types.js';
import { Account, KilledAccount, NewAccount } from './system.js';

/** rao below which an account ceases to exist. */
export const EXISTENTIAL_DEPOSIT = 500n;

const kit = new PalletKit('Balances', 5, 'pallet_balances');

export const TotalIssuance = kit.value('TotalIssuance', taoBalance, 0n);

const Endowed = kit.event(0, 'Endowed', { account: accountId, free_balance: taoBalance });
const DustLost = kit.event(1, 'DustLost', { account: accountId, amount: taoBalance });
const Transfer = kit.event(2, 'Transfer', { from: accountId, to: accountId, amount: taoBalance });
const BalanceSet = kit.event(3, 'BalanceSet', { who: accountId, free: taoBalance });
const Deposit = kit.event(7, 'Deposit', { who: accountId, amount: taoBalance });
export const Withdraw = kit.event(8, 'Withdraw', { who: accountId, amount: taoBalance });

kit.errors([
  'VestingBalance',
  'LiquidityRestrictions',
  'InsufficientBalance',
  'ExistentialDeposit',
  'Expendability',
  'ExistingVestingSchedule',
  'DeadAccount',
  'TooManyReserves',
  'TooManyHolds',
  'TooManyFreezes',
  'IssuanceDeactivated',
  'DeltaZero',
]);
kit.constant('ExistentialDeposit', taoBalance, EXISTENTIAL_DEPOSIT);

const dest = { dest: multiAddress, value: compact(taoBalance) };
const TRANSFER_WEIGHT = 290_000_000;

kit.call(0, 'transfer_allow_death', dest, { weight: TRANSFER_WEIGHT }, (context, origin, { dest, value }) =>
  transfer(context, signedBy(origin), lookUp(dest), value, false),
);
export const transferKeepAlive = kit.call(
  3,
  'transfer_keep_alive',
  dest,
  { weight: TRANSFER_WEIGHT },
  (context, origin, { dest, value }) => transfer(context, signedBy(origin), lookUp(dest), value, true),
);
kit.call(
  4,
  'transfer_all',
  { dest: multiAddress, keep_alive: bool },
  { weight: TRANSFER_WEIGHT },
  (context, origin, { dest, keep_alive }) => {
    const who = signedBy(origin);
    const all = freeBalance(context.state, who) - (keep_alive ? EXISTENTIAL_DEPOSIT : 0n);
    transfer(context, who, lookUp(dest), all > 0n ? all : 0n, keep_alive);
  },
);
kit.call(
  8,
  'force_set_balance',
  { who: multiAddress, new_free: compact(taoBalance) },
  {},
  (context, origin, { who, new_free }) => {
    ensureRoot(origin);
    setFree(context, lookUp(who), new_free);
    context.deposit(BalanceSet({ who: lookUp(who), free: new_free }));
  },
);

export const balances = kit.done();

export const freeBalance = (state: StateReader, who: AccountId): bigint => Account.get(state, who).data.free;

/** The account that an address names. This runtime looks up ids only. */
export const lookUp = (address: MultiAddress): AccountId => {
  if (address.kind === 'Id') return address.value;
  throw new DispatchFailure({ kind: 'CannotLookup', value: null });
};

/**
 * Moves rao from one account to another.
 *
 * @throws Token.FundsUnavailable, Token.NotExpendable (would end an account that is to live), Token.BelowMinimum
 */
export const transfer = (
  context: Context,
  from: AccountId,
  to: AccountId,
  amount: bigint,
  keepAlive: boolean,
): void => {
  const left = freeBalance(context.state, from) - amount;
  if (left < 0n) throw tokenFailure('FundsUnavailable');
  if (keepAlive && left < EXISTENTIAL_DEPOSIT) throw tokenFailure('NotExpendable');
  if (freeBalance(context.state, to) + amount < EXISTENTIAL_DEPOSIT) throw tokenFailure('BelowMinimum');
  if (from !== to) {
    setFree(context, from, left);
    setFree(context, to, freeBalance(context.state, to) + amount);
  }
  context.deposit(Transfer({ from, to, amount }));
};

/** Takes rao away; the caller has made sure that they are there. */
export const withdraw = (context: Context, who: AccountId, amount: bigint): void => {
  if (amount === 0n) return;
  setFree(context, who, freeBalance(context.state, who) - amount);
  context.deposit(Withdraw({ who, amount }));
};

/** Gives rao that come from elsewhere than an account. */
export const deposit = (context: Context, who: AccountId, amount: bigint): void => {
  setFree(context, who, freeBalance(context.state, who) + amount);
  context.deposit(Deposit({ who, amount }));
};

/** Sets a balance, with what follows from crossing the existential deposit: an account begins or ends. */
export const setFree = (context: Context, who: AccountId, free: bigint): void => {
  const account = Account.get(context.state, who);
  const lives = account.data.free >= EXISTENTIAL_DEPOSIT;
  const issued = TotalIssuance.get(context.state) - account.data.free;
  const kept = free >= EXISTENTIAL_DEPOSIT ? free : 0n;
  TotalIssuance.put(context.state, issued + kept);

  if (!lives && kept > 0n) {
    context.deposit(NewAccount({ account: who }));
    context.deposit(Endowed({ account: who, free_balance: kept }));
  }
  if (lives && kept === 0n) {
    Account.remove(context.state, who);
    context.deposit(KilledAccount({ account: who }));
    if (free > 0n) context.deposit(DustLost({ account: who, amount: free }));
    return;
  }
  const data = { ...account.data, free: kept };
  Account.put(context.state, who, { ...account, providers: kept > 0n ? 1 : 0, data });
};
