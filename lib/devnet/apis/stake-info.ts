import { bool, compact, option, struct, tuple, u64, vec, type ValueOf } from '../scale/index.js';
import { api, method } from '../runtime/api.js';
import type { StateReader } from '../runtime/state.js';
import {
  accountId,
  alphaBalance,
  netUid,
  taoBalance,
  ZERO_ACCOUNT,
  type AccountId,
} from '../runtime/types.js';
import { stakeOf } from '../pallets/subtensor/stake.js';
import * as store from '../pallets/subtensor/storage.js';

const stakeInfo = struct('pallet_subtensor::rpc_info::stake_info::StakeInfo', {
  hotkey: accountId,
  coldkey: accountId,
  netuid: compact(netUid),
  stake: compact(alphaBalance),
  locked: compact(alphaBalance),
  emission: compact(alphaBalance),
  tao_emission: compact(taoBalance),
  drain: compact(u64),
  is_registered: bool,
});

const availability = struct('pallet_subtensor::rpc_info::stake_info::StakeAvailability', {
  total: compact(alphaBalance),
  locked: compact(alphaBalance),
  available: compact(alphaBalance),
});

export const stakeInfoApi = api('StakeInfoRuntimeApi', 1, [
  method('get_stake_info_for_coldkey', { coldkey_account: accountId }, vec(stakeInfo), ({ state }, input) =>
    positionsOf(state, input.coldkey_account),
  ),
  method(
    'get_stake_info_for_coldkeys',
    { coldkey_accounts: vec(accountId) },
    vec(tuple(accountId, vec(stakeInfo))),
    ({ state }, { coldkey_accounts }) => coldkey_accounts.map((each) => [each, positionsOf(state, each)]),
  ),
  method(
    'get_stake_info_for_hotkey_coldkey_netuid',
    { hotkey_account: accountId, coldkey_account: accountId, netuid: netUid },
    option(stakeInfo),
    ({ state }, { hotkey_account, coldkey_account, netuid }) =>
      store.NetworksAdded.get(state, netuid) ? infoOf(state, hotkey_account, coldkey_account, netuid) : null,
  ),
  method(
    'get_stake_availability_for_coldkeys',
    { coldkey_accounts: vec(accountId), netuids: option(vec(netUid)) },
    vec(tuple(accountId, vec(tuple(netUid, availability)))),
    ({ state }, { coldkey_accounts, netuids }) =>
      coldkey_accounts.map((coldkey) => [coldkey, availabilityOf(state, coldkey, netuids)]),
  ),
  method(
    'get_stake_fee',
    {
      origin: option(tuple(accountId, netUid)),
      origin_coldkey_account: accountId,
      destination: option(tuple(accountId, netUid)),
      destination_coldkey_account: accountId,
      amount: u64,
    },
    u64,
    () => 0n,
  ),
]);

const subnetsOf = (state: StateReader): number[] =>
  store.NetworksAdded.entries(state)
    .filter(({ value }) => value)
    .map(({ key: [netuid] }) => netuid)
    .sort((a, b) => a - b);

const positionsOf = (state: StateReader, coldkey: AccountId): ValueOf<typeof stakeInfo>[] =>
  store.StakingHotkeys.get(state, coldkey).flatMap((hotkey) =>
    subnetsOf(state)
      .map((netuid) => infoOf(state, hotkey, coldkey, netuid))
      .filter(({ stake }) => stake > 0n),
  );

const infoOf = (
  state: StateReader,
  hotkey: AccountId,
  coldkey: AccountId,
  netuid: number,
): ValueOf<typeof stakeInfo> => ({
  hotkey,
  coldkey,
  netuid,
  stake: stakeOf(state, hotkey, coldkey, netuid),
  locked: 0n,
  emission: 0n,
  tao_emission: 0n,
  drain: 0n,
  is_registered: store.Uids.has(state, netuid, hotkey),
});

/** Nothing is ever locked on a devnet. */
const availabilityOf = (
  state: StateReader,
  coldkey: AccountId,
  netuids: readonly number[] | null,
): [number, ValueOf<typeof availability>][] =>
  (netuids ?? subnetsOf(state)).map((netuid) => {
    const total = store.StakingHotkeys.get(state, coldkey).reduce(
      (sum, hotkey) => sum + stakeOf(state, hotkey, coldkey, netuid),
      0n,
    );
    return [netuid, { total, locked: 0n, available: total }];
  });

/** Who holds how much of a hotkey, for the neuron's record: its owner where nobody does. */
export const holdersOf = (state: StateReader, hotkey: AccountId, netuid: number): [AccountId, bigint][] => {
  const holders = store.AlphaV2.entries(state, hotkey).flatMap(({ key: [, coldkey, where], value }) =>
    where === netuid ? [[coldkey, value.mantissa] as [AccountId, bigint]] : [],
  );
  const owner = store.Owner.get(state, hotkey);
  return holders.length > 0 || owner === ZERO_ACCOUNT ? holders : [[owner, 0n]];
};
