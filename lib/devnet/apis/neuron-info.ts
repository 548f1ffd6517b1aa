import { bool, compact, count64, option, struct, tuple, u16, vec, type ValueOf } from '../scale/index.js';
import { api, method } from '../runtime/api.js';
import type { StateReader } from '../runtime/state.js';
import { accountId, alphaBalance, netUid, perU16 } from '../runtime/types.js';
import * as store from '../pallets/subtensor/storage.js';
import { holdersOf } from './stake-info.js';

export const NO_AXON: ValueOf<typeof store.axonInfo> = {
  block: 0n,
  version: 0,
  ip: 0n,
  port: 0,
  ip_type: 0,
  protocol: 0,
  placeholder1: 0,
  placeholder2: 0,
};

const NO_PROMETHEUS: ValueOf<typeof store.prometheusInfo> = {
  block: 0n,
  version: 0,
  ip: 0n,
  port: 0,
  ip_type: 0,
};

const liteFields = {
  hotkey: accountId,
  coldkey: accountId,
  uid: compact(u16),
  netuid: compact(netUid),
  active: bool,
  axon_info: store.axonInfo,
  prometheus_info: store.prometheusInfo,
  stake: vec(tuple(accountId, compact(alphaBalance))),
  rank: compact(u16),
  emission: compact(alphaBalance),
  incentive: compact(perU16),
  consensus: compact(perU16),
  trust: compact(perU16),
  validator_trust: compact(perU16),
  dividends: compact(perU16),
  last_update: compact(count64),
  validator_permit: bool,
  pruning_score: compact(u16),
} as const;

const neuronInfoLite = struct('pallet_subtensor::rpc_info::neuron_info::NeuronInfoLite', liteFields);

const scores = vec(tuple(compact(u16), compact(u16)));
const { pruning_score, ...withoutPruning } = liteFields;
const neuronInfo = struct('pallet_subtensor::rpc_info::neuron_info::NeuronInfo', {
  ...withoutPruning,
  weights: scores,
  bonds: scores,
  pruning_score,
});

export const neuronInfoApi = api('NeuronInfoRuntimeApi', 1, [
  method('get_neurons', { netuid: netUid }, vec(neuronInfo), ({ state }, { netuid }) => {
    const all = columnsOf(state, netuid);
    return all.hotkeys.map((_, uid) => fullNeuronAt(state, netuid, uid, all));
  }),
  method('get_neuron', { netuid: netUid, uid: u16 }, option(neuronInfo), ({ state }, { netuid, uid }) => {
    const all = columnsOf(state, netuid);
    return uid < all.hotkeys.length ? fullNeuronAt(state, netuid, uid, all) : null;
  }),
  method('get_neurons_lite', { netuid: netUid }, vec(neuronInfoLite), ({ state }, { netuid }) => {
    const all = columnsOf(state, netuid);
    return all.hotkeys.map((_, uid) => neuronAt(state, netuid, uid, all));
  }),
  method(
    'get_neuron_lite',
    { netuid: netUid, uid: u16 },
    option(neuronInfoLite),
    ({ state }, { netuid, uid }) => {
      const all = columnsOf(state, netuid);
      return uid < all.hotkeys.length ? neuronAt(state, netuid, uid, all) : null;
    },
  ),
]);

/** The per-uid vectors of a subnet. */
export const columnsOf = (state: StateReader, netuid: number) => ({
  hotkeys: hotkeysOf(state, netuid),
  active: store.Active.get(state, netuid),
  emission: store.Emission.get(state, netuid),
  incentive: store.Incentive.get(state, netuid),
  consensus: store.Consensus.get(state, netuid),
  validatorTrust: store.ValidatorTrust.get(state, netuid),
  dividends: store.Dividends.get(state, netuid),
  lastUpdate: store.LastUpdate.get(state, netuid),
  permits: store.ValidatorPermit.get(state, netuid),
});

export const hotkeysOf = (state: StateReader, netuid: number): string[] =>
  Array.from({ length: store.SubnetworkN.get(state, netuid) }, (_, uid) =>
    store.Keys.get(state, netuid, uid),
  );

/** With what it weighs others by, on the first mechanism. */
const fullNeuronAt = (
  state: StateReader,
  netuid: number,
  uid: number,
  all: ReturnType<typeof columnsOf>,
): ValueOf<typeof neuronInfo> => ({
  ...neuronAt(state, netuid, uid, all),
  weights: store.Weights.get(state, netuid, uid),
  bonds: store.Bonds.get(state, netuid, uid),
});

const neuronAt = (
  state: StateReader,
  netuid: number,
  uid: number,
  all: ReturnType<typeof columnsOf>,
): ValueOf<typeof neuronInfoLite> => {
  const hotkey = all.hotkeys[uid] ?? '';
  const coldkey = store.Owner.get(state, hotkey);
  return {
    hotkey,
    coldkey,
    uid,
    netuid,
    active: all.active[uid] ?? false,
    axon_info: store.Axons.get(state, netuid, hotkey) ?? NO_AXON,
    prometheus_info: store.Prometheus.get(state, netuid, hotkey) ?? NO_PROMETHEUS,
    stake: holdersOf(state, hotkey, netuid),
    rank: all.incentive[uid] ?? 0,
    emission: all.emission[uid] ?? 0n,
    incentive: all.incentive[uid] ?? 0,
    consensus: all.consensus[uid] ?? 0,
    trust: all.consensus[uid] ?? 0,
    validator_trust: all.validatorTrust[uid] ?? 0,
    dividends: all.dividends[uid] ?? 0,
    last_update: all.lastUpdate[uid] ?? 0,
    validator_permit: all.permits[uid] ?? false,
    pruning_score: 0,
  };
};
