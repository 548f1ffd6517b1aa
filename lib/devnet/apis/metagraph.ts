import {
  bool,
  compact,
  count64,
  option,
  struct,
  tuple,
  u128,
  u16,
  u64,
  u8,
  vec,
  type Codec,
  type StructOf,
} from '../scale/index.js';
import type { View } from '../runtime/api.js';
import { accountId, alphaBalance, netUid, perU16, taoBalance } from '../runtime/types.js';
import { CommitmentOf } from '../pallets/commitments/index.js';
import * as store from '../pallets/subtensor/storage.js';
import { columnsOf, NO_AXON } from './neuron-info.js';

const text = vec(compact(u8));
const c16 = compact(u16);
const c64 = compact(u64);
const count = compact(count64);
const alpha = compact(alphaBalance);
const tao = compact(taoBalance);

/** Fields of `Metagraph` in its order, which is also the numbering of the selective metagraph's indices. */
const columns = {
  netuid: compact(netUid),
  name: text,
  symbol: text,
  identity: option(store.subnetIdentity),
  network_registered_at: count,
  owner_hotkey: accountId,
  owner_coldkey: accountId,
  block: count,
  tempo: c16,
  last_step: count,
  blocks_since_last_step: count,
  subnet_emission: c64,
  alpha_in: alpha,
  alpha_out: alpha,
  tao_in: tao,
  alpha_out_emission: alpha,
  alpha_in_emission: alpha,
  tao_in_emission: tao,
  pending_alpha_emission: alpha,
  pending_root_emission: tao,
  subnet_volume: compact(u128),
  moving_price: store.i96f32,
  rho: c16,
  kappa: c16,
  min_allowed_weights: c16,
  max_weights_limit: c16,
  weights_version: c64,
  weights_rate_limit: count,
  activity_cutoff: count,
  max_validators: c16,
  num_uids: c16,
  max_uids: c16,
  burn: tao,
  difficulty: c64,
  registration_allowed: bool,
  pow_registration_allowed: bool,
  immunity_period: c16,
  min_difficulty: c64,
  max_difficulty: c64,
  min_burn: tao,
  max_burn: tao,
  adjustment_alpha: c64,
  adjustment_interval: c16,
  target_regs_per_interval: c16,
  max_regs_per_block: c16,
  serving_rate_limit: c64,
  commit_reveal_weights_enabled: bool,
  commit_reveal_period: count,
  liquid_alpha_enabled: bool,
  alpha_high: c16,
  alpha_low: c16,
  bonds_moving_avg: c64,
  hotkeys: vec(accountId),
  coldkeys: vec(accountId),
  identities: vec(option(store.chainIdentity)),
  axons: vec(store.axonInfo),
  active: vec(bool),
  validator_permit: vec(bool),
  pruning_score: vec(c16),
  last_update: vec(count),
  emission: vec(alpha),
  dividends: vec(compact(perU16)),
  incentives: vec(compact(perU16)),
  consensus: vec(compact(perU16)),
  trust: vec(compact(perU16)),
  rank: vec(c16),
  block_at_registration: vec(count),
  alpha_stake: vec(alpha),
  tao_stake: vec(tao),
  total_stake: vec(tao),
  tao_dividends_per_hotkey: vec(tuple(accountId, tao)),
  alpha_dividends_per_hotkey: vec(tuple(accountId, alpha)),
} as const;

const collateral = {
  collateral_locked: vec(alpha),
  collateral_min: vec(alpha),
  collateral_earned: vec(alpha),
} as const;

const onlySelective = {
  validators: vec(c16),
  commitments: vec(tuple(accountId, text)),
} as const;

const PATH = 'pallet_subtensor::rpc_info::metagraph';
export const metagraph = struct(`${PATH}::Metagraph`, { ...columns, ...collateral }, [
  ['AccountId', accountId],
]);

/** `Option<T>` of a field that may be left out: undefined. T may be an Option itself, with null for None. */
const selected = <T>(of: Codec<T>): Codec<T | undefined> => ({
  info: option(of).info,
  encode: (value, sink) => {
    sink.byte(value === undefined ? 0 : 1);
    if (value !== undefined) of.encode(value, sink);
  },
  decode: (source) => (source.byte() === 0 ? undefined : of.decode(source)),
});

const selectable = { ...columns, ...onlySelective, ...collateral };
const selectableNames = Object.keys(selectable);

export const selectiveMetagraph = struct(
  `${PATH}::SelectiveMetagraph`,
  Object.fromEntries(
    Object.entries<Codec<unknown>>(selectable).map(([name, codec]) => [
      name,
      name === 'netuid' ? codec : selected(codec),
    ]),
  ),
  [['AccountId', accountId]],
);

/** The chosen columns; unknown indices select nothing, as on chain. */
export const selectFrom = (
  view: View,
  netuid: number,
  indices: readonly number[],
): StructOf<Record<string, Codec<unknown>>> | null => {
  const whole = metagraphOf(view, netuid);
  if (!whole) return null;
  const all: Record<string, unknown> = { ...whole, ...selectiveColumns(view, netuid, whole) };
  const chosen = new Set(indices.map((index) => selectableNames[index]));
  return Object.fromEntries(
    selectableNames.map((name) => [name, name === 'netuid' || chosen.has(name) ? all[name] : undefined]),
  );
};

type Metagraph = StructOf<typeof columns & typeof collateral>;

const selectiveColumns = ({ state }: View, netuid: number, { validator_permit }: Metagraph) => ({
  validators: validator_permit.flatMap((permit, uid) => (permit ? [uid] : [])),
  commitments: CommitmentOf.entries(state, netuid).map(({ key: [, who], value }) => [
    who,
    value.info.fields.flatMap((field) => ('bytes' in field ? [...field.bytes] : [])),
  ]),
});

/** Everything about a subnet at one block; null when there is none. */
export const metagraphOf = ({ state, block }: View, netuid: number): Metagraph | null => {
  if (!store.NetworksAdded.get(state, netuid)) return null;
  const neurons = columnsOf(state, netuid);
  const { hotkeys } = neurons;
  const stake = hotkeys.map((hotkey) => store.TotalHotkeyAlpha.get(state, hotkey, netuid));
  const identity = store.SubnetIdentitiesV3.get(state, netuid);
  const [alphaLow, alphaHigh] = store.AlphaValues.get(state, netuid);
  const nothing = hotkeys.map(() => 0n);
  return {
    netuid,
    name: [...(identity?.subnet_name ?? [])],
    symbol: [...store.TokenSymbol.get(state, netuid)],
    identity,
    network_registered_at: store.NetworkRegisteredAt.get(state, netuid),
    owner_hotkey: store.SubnetOwnerHotkey.get(state, netuid),
    owner_coldkey: store.SubnetOwner.get(state, netuid),
    block,
    tempo: store.Tempo.get(state, netuid),
    last_step: store.LastMechansimStepBlock.get(state, netuid),
    blocks_since_last_step: store.BlocksSinceLastStep.get(state, netuid),
    subnet_emission: 0n,
    alpha_in: store.SubnetAlphaIn.get(state, netuid),
    alpha_out: store.SubnetAlphaOut.get(state, netuid),
    tao_in: store.SubnetTAO.get(state, netuid),
    alpha_out_emission: 0n,
    alpha_in_emission: 0n,
    tao_in_emission: 0n,
    pending_alpha_emission: 0n,
    pending_root_emission: 0n,
    subnet_volume: store.SubnetVolume.get(state, netuid),
    moving_price: store.SubnetMovingPrice.get(state, netuid),
    rho: store.Rho.get(state, netuid),
    kappa: store.Kappa.get(state, netuid),
    min_allowed_weights: store.MinAllowedWeights.get(state, netuid),
    max_weights_limit: store.MaxWeightsLimit.get(state, netuid),
    weights_version: store.WeightsVersionKey.get(state, netuid),
    weights_rate_limit: store.WeightsSetRateLimit.get(state, netuid),
    activity_cutoff: store.ActivityCutoff.get(state, netuid),
    max_validators: store.MaxAllowedValidators.get(state, netuid),
    num_uids: hotkeys.length,
    max_uids: store.MaxAllowedUids.get(state, netuid),
    burn: store.Burn.get(state, netuid),
    difficulty: store.Difficulty.get(state, netuid),
    registration_allowed: store.NetworkRegistrationAllowed.get(state, netuid),
    pow_registration_allowed: store.NetworkPowRegistrationAllowed.get(state, netuid),
    immunity_period: store.ImmunityPeriod.get(state, netuid),
    min_difficulty: store.MinDifficulty.get(state, netuid),
    max_difficulty: store.MaxDifficulty.get(state, netuid),
    min_burn: store.MinBurn.get(state, netuid),
    max_burn: store.MaxBurn.get(state, netuid),
    adjustment_alpha: store.AdjustmentAlpha.get(state, netuid),
    adjustment_interval: store.AdjustmentInterval.get(state, netuid),
    target_regs_per_interval: store.TargetRegistrationsPerInterval.get(state, netuid),
    max_regs_per_block: store.MaxRegistrationsPerBlock.get(state, netuid),
    serving_rate_limit: store.ServingRateLimit.get(state, netuid),
    commit_reveal_weights_enabled: store.CommitRevealWeightsEnabled.get(state, netuid),
    commit_reveal_period: store.RevealPeriodEpochs.get(state, netuid),
    liquid_alpha_enabled: store.LiquidAlphaOn.get(state, netuid),
    alpha_high: alphaHigh,
    alpha_low: alphaLow,
    bonds_moving_avg: store.BondsMovingAverage.get(state, netuid),
    hotkeys,
    coldkeys: hotkeys.map((hotkey) => store.Owner.get(state, hotkey)),
    identities: hotkeys.map((hotkey) => store.IdentitiesV2.get(state, store.Owner.get(state, hotkey))),
    axons: hotkeys.map((hotkey) => store.Axons.get(state, netuid, hotkey) ?? NO_AXON),
    active: neurons.active,
    validator_permit: neurons.permits,
    pruning_score: hotkeys.map(() => 0),
    last_update: neurons.lastUpdate,
    emission: neurons.emission,
    dividends: neurons.dividends,
    incentives: neurons.incentive,
    consensus: neurons.consensus,
    trust: neurons.consensus,
    rank: neurons.incentive,
    block_at_registration: hotkeys.map((_, uid) => store.BlockAtRegistration.get(state, netuid, uid)),
    alpha_stake: stake,
    tao_stake: nothing,
    total_stake: stake,
    tao_dividends_per_hotkey: [],
    alpha_dividends_per_hotkey: [],
    collateral_locked: nothing,
    collateral_min: nothing,
    collateral_earned: nothing,
  };
};
