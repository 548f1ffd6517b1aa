import {
  bool,
  bytes,
  compact,
  count64,
  enumeration,
  i64,
  option,
  struct,
  u128,
  u16,
  u32,
  u64,
  vec,
  type ValueOf,
} from '../scale/index.js';
import { method } from '../runtime/api.js';
import type { StateReader } from '../runtime/state.js';
import { netUid, taoBalance } from '../runtime/types.js';
import * as store from '../pallets/subtensor/storage.js';

const c16 = compact(u16);
const c64 = compact(u64);
const count = compact(count64);
const tao = compact(taoBalance);

const PATH = 'pallet_subtensor::rpc_info::subnet_info';

const hyperparameters = struct(`${PATH}::SubnetHyperparams`, {
  rho: c16,
  kappa: c16,
  immunity_period: c16,
  min_allowed_weights: c16,
  max_weights_limit: c16,
  tempo: c16,
  min_difficulty: c64,
  max_difficulty: c64,
  weights_version: c64,
  weights_rate_limit: count,
  adjustment_interval: c16,
  activity_cutoff: count,
  registration_allowed: bool,
  target_regs_per_interval: c16,
  min_burn: tao,
  max_burn: tao,
  bonds_moving_avg: c64,
  max_regs_per_block: c16,
  serving_rate_limit: c64,
  max_validators: c16,
  adjustment_alpha: c64,
  difficulty: c64,
  commit_reveal_period: count,
  commit_reveal_weights_enabled: bool,
  alpha_high: c16,
  alpha_low: c16,
  liquid_alpha_enabled: bool,
});
type Hyperparameters = ValueOf<typeof hyperparameters>;

const value = enumeration(`${PATH}::HyperparamValue`, {
  Bool: [0, bool],
  U16: [1, c16],
  U32: [2, compact(u32)],
  U64: [3, c64],
  U128: [4, compact(u128)],
  TaoBalance: [5, tao],
  I32F32: [6, struct('substrate_fixed::FixedI64', { bits: i64 })],
  U64F64: [7, struct('substrate_fixed::FixedU128', { bits: u128 })],
});
const entry = struct(`${PATH}::HyperparamEntry`, { name: bytes, value });

const TAO_BALANCES: readonly string[] = ['min_burn', 'max_burn'];
const COUNTS: readonly string[] = ['weights_rate_limit', 'activity_cutoff', 'commit_reveal_period'];

/** Methods of `SubnetInfoRuntimeApi` that tell a subnet's hyperparameters. */
export const hyperparameterMethods = [
  method('get_subnet_hyperparams', { netuid: netUid }, option(hyperparameters), ({ state }, { netuid }) =>
    hyperparametersOf(state, netuid),
  ),
  method('get_subnet_hyperparams_v3', { netuid: netUid }, option(vec(entry)), ({ state }, { netuid }) => {
    const all = hyperparametersOf(state, netuid);
    return all && Object.entries(all).map(([name, held]) => entryOf(name, held));
  }),
] as const;

const entryOf = (name: string, held: number | bigint | boolean): ValueOf<typeof entry> => ({
  name: new TextEncoder().encode(name),
  value:
    typeof held === 'boolean'
      ? { kind: 'Bool', value: held }
      : TAO_BALANCES.includes(name)
        ? { kind: 'TaoBalance', value: BigInt(held) }
        : typeof held === 'number' && !COUNTS.includes(name)
          ? { kind: 'U16', value: held }
          : { kind: 'U64', value: BigInt(held) },
});

const hyperparametersOf = (state: StateReader, netuid: number): Hyperparameters | null => {
  if (!store.NetworksAdded.get(state, netuid)) return null;
  const [alphaLow, alphaHigh] = store.AlphaValues.get(state, netuid);
  return {
    rho: store.Rho.get(state, netuid),
    kappa: store.Kappa.get(state, netuid),
    immunity_period: store.ImmunityPeriod.get(state, netuid),
    min_allowed_weights: store.MinAllowedWeights.get(state, netuid),
    max_weights_limit: store.MaxWeightsLimit.get(state, netuid),
    tempo: store.Tempo.get(state, netuid),
    min_difficulty: store.MinDifficulty.get(state, netuid),
    max_difficulty: store.MaxDifficulty.get(state, netuid),
    weights_version: store.WeightsVersionKey.get(state, netuid),
    weights_rate_limit: store.WeightsSetRateLimit.get(state, netuid),
    adjustment_interval: store.AdjustmentInterval.get(state, netuid),
    activity_cutoff: store.ActivityCutoff.get(state, netuid),
    registration_allowed: store.NetworkRegistrationAllowed.get(state, netuid),
    target_regs_per_interval: store.TargetRegistrationsPerInterval.get(state, netuid),
    min_burn: store.MinBurn.get(state, netuid),
    max_burn: store.MaxBurn.get(state, netuid),
    bonds_moving_avg: store.BondsMovingAverage.get(state, netuid),
    max_regs_per_block: store.MaxRegistrationsPerBlock.get(state, netuid),
    serving_rate_limit: store.ServingRateLimit.get(state, netuid),
    max_validators: store.MaxAllowedValidators.get(state, netuid),
    adjustment_alpha: store.AdjustmentAlpha.get(state, netuid),
    difficulty: store.Difficulty.get(state, netuid),
    commit_reveal_period: store.RevealPeriodEpochs.get(state, netuid),
    commit_reveal_weights_enabled: store.CommitRevealWeightsEnabled.get(state, netuid),
    alpha_high: alphaHigh,
    alpha_low: alphaLow,
    liquid_alpha_enabled: store.LiquidAlphaOn.get(state, netuid),
  };
};
