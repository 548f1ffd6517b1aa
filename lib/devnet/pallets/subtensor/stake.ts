import type { StateReader, StateWriter } from '../../runtime/state.js';
import type { AccountId } from '../../runtime/types.js';
import * as store from './storage.js';

/*
 * Who holds how much of a hotkey's alpha. The runtime keeps shares of a pool; here a share is one rao of alpha, and
 * what a hotkey earns is added to its holders' shares, so that shares and alpha never differ.
 */

/** Alpha that a coldkey holds on a hotkey, in rao. */
export const stakeOf = (state: StateReader, hotkey: AccountId, coldkey: AccountId, netuid: number): bigint =>
  store.AlphaV2.get(state, hotkey, coldkey, netuid).mantissa;

/** Changes what a coldkey holds; the caller has made sure that it does not fall below zero. */
export const changeStake = (
  state: StateWriter,
  hotkey: AccountId,
  coldkey: AccountId,
  netuid: number,
  change: bigint,
): void => {
  setShares(state, hotkey, coldkey, netuid, stakeOf(state, hotkey, coldkey, netuid) + change);
  const total = store.TotalHotkeyAlpha.get(state, hotkey, netuid) + change;
  store.TotalHotkeyAlpha.put(state, hotkey, netuid, total);
  store.TotalHotkeySharesV2.put(state, hotkey, netuid, { mantissa: total, exponent: 0n });
};

/** Gives a hotkey's earnings to those who hold it, by their shares; to its owner where nobody does. */
export const distribute = (state: StateWriter, hotkey: AccountId, netuid: number, alpha: bigint): void => {
  const owner = store.Owner.get(state, hotkey);
  const holders = holdersOf(state, hotkey, netuid);
  const total = holders.reduce((sum, { alpha: held }) => sum + held, 0n);
  let left = alpha;
  for (const { coldkey, alpha: held } of total === 0n ? [] : holders) {
    const share = (alpha * held) / total;
    changeStake(state, hotkey, coldkey, netuid, share);
    left -= share;
  }
  // Also what rounding left over.
  if (left > 0n) changeStake(state, hotkey, owner, netuid, left);
};

const holdersOf = (
  state: StateReader,
  hotkey: AccountId,
  netuid: number,
): { readonly coldkey: AccountId; readonly alpha: bigint }[] =>
  store.AlphaV2.entries(state, hotkey).flatMap(({ key: [, coldkey, where], value }) =>
    where === netuid && value.mantissa > 0n ? [{ coldkey, alpha: value.mantissa }] : [],
  );

/** Hotkeys that a coldkey holds alpha of. */
const setShares = (
  state: StateWriter,
  hotkey: AccountId,
  coldkey: AccountId,
  netuid: number,
  mantissa: bigint,
): void => {
  if (mantissa === 0n) store.AlphaV2.remove(state, hotkey, coldkey, netuid);
  else store.AlphaV2.put(state, hotkey, coldkey, netuid, { mantissa, exponent: 0n });
  const known = store.StakingHotkeys.get(state, coldkey);
  if (mantissa > 0n && !known.includes(hotkey)) store.StakingHotkeys.put(state, coldkey, [...known, hotkey]);
};
