import { bool, count64, u16, u64, type Codec } from '../scale/index.js';
import { ensureRoot, type Context, type Origin } from '../runtime/context.js';
import { PalletKit, type RuntimeEvent } from '../runtime/pallet.js';
import type { StateReader } from '../runtime/state.js';
import type { StorageItem } from '../runtime/storage.js';
import { mechId, netUid, taoBalance } from '../runtime/types.js';
import { kit as subtensorKit, subtensorFailure } from './subtensor/declaration.js';
import { nextEpochBlock } from './subtensor/epochs.js';
import { restartEpochs } from './subtensor/networks.js';
import { storageIndices } from './subtensor/neurons.js';
import * as store from './subtensor/storage.js';

/*
 * Hyperparameters. Rows of the real pallet that a devnet needs; each is one storage item of SubtensorModule and the
 * event that says so.
 */
const kit = new PalletKit('AdminUtils', 19, 'pallet_admin_utils');

const failure = kit.errors([
  'SubnetDoesNotExist',
  'MaxValidatorsLargerThanMaxUIds',
  'MaxAllowedUIdsLessThanCurrentUIds',
  'BondsMovingAverageMaxReached',
  'NegativeSigmoidSteepness',
  'ValueNotInBounds',
  'MinAllowedUidsGreaterThanCurrentUids',
  'MinAllowedUidsGreaterThanMaxAllowedUids',
  'MaxAllowedUidsLessThanMinAllowedUids',
  'MaxAllowedUidsGreaterThanDefaultMaxAllowedUids',
  'InvalidValue',
  'NotPermittedOnRootSubnet',
  'POWRegistrationDisabled',
  'Deprecated',
  'CollateralLockShareTooHigh',
  'CollateralDrainRatioOutOfBounds',
  'GrandpaChangeDelayMustBeZero',
]);

interface Rules {
  /** The subnet's owner may set it too, not root alone. */
  readonly ownerToo?: boolean;
  /** Refused, also to root, in the last blocks before an epoch. */
  readonly window?: boolean;
}

/** A hyperparameter of a subnet: the call, the item it sets and the event it emits. */
const subnetParameter = <V>(
  index: number,
  name: string,
  argument: string,
  item: StorageItem<readonly [number], V, V>,
  codec: Codec<V>,
  event: ((netuid: number, value: V) => RuntimeEvent) | null,
  { ownerToo = false, window = false }: Rules,
  andThen?: (context: Context, netuid: number) => void,
): void => {
  kit.call(index, name, { netuid: netUid, [argument]: codec }, {}, (context, origin, args) => {
    const { netuid } = args;
    const value = (args as Readonly<Record<string, unknown>>)[argument] as V;
    ensureAllowed(context.state, origin, netuid, ownerToo);
    if (!store.NetworksAdded.get(context.state, netuid)) throw failure('SubnetDoesNotExist');
    if (window) ensureOutsideWindow(context, netuid);
    item.put(context.state, netuid, value);
    andThen?.(context, netuid);
    if (event) context.deposit(event(netuid, value));
  });
};

const MOST_MECHANISMS = 2;

/** New mechanisms start with nothing for every uid. */
function beginMechanisms({ state }: Context, netuid: number): void {
  const count = store.MechanismCountCurrent.get(state, netuid);
  if (count < 1 || count > MOST_MECHANISMS) throw failure('InvalidValue');
  const zeros = Array.from({ length: store.SubnetworkN.get(state, netuid) }, () => 0);
  for (const index of storageIndices(state, netuid)) {
    if (store.LastUpdate.has(state, index)) continue;
    store.LastUpdate.put(state, index, zeros);
    store.Incentive.put(state, index, zeros);
  }
}

const ensureAllowed = (state: StateReader, origin: Origin, netuid: number, ownerToo: boolean): void => {
  const isOwner = origin.kind === 'signed' && store.SubnetOwner.get(state, netuid) === origin.who;
  if (!(ownerToo && isOwner)) ensureRoot(origin);
};

const ensureOutsideWindow = ({ state, block }: Context, netuid: number): void => {
  const window = store.AdminFreezeWindow.get(state);
  const next = nextEpochBlock(state, netuid, block);
  const isNear = next !== null && next - block < window;
  if (window > 0 && (isNear || store.PendingEpochAt.get(state, netuid) > 0)) {
    throw subtensorFailure('AdminActionProhibitedDuringWeightsWindow');
  }
};

const events = subtensorKit;
const u64Event = (index: number, name: string) => events.tupleEvent(index, name, netUid, u64);
const countEvent = (index: number, name: string) => events.tupleEvent(index, name, netUid, count64);
const u16Event = (index: number, name: string) => events.tupleEvent(index, name, netUid, u16);
const boolEvent = (index: number, name: string) => events.tupleEvent(index, name, netUid, bool);

const owner: Rules = { ownerToo: true, window: true };
const root: Rules = {};
const rootInWindow: Rules = { window: true };

subnetParameter(
  6,
  'sudo_set_weights_version_key',
  'weights_version_key',
  store.WeightsVersionKey,
  u64,
  u64Event(33, 'WeightsVersionKeySet'),
  owner,
);
subnetParameter(
  7,
  'sudo_set_weights_set_rate_limit',
  'weights_set_rate_limit',
  store.WeightsSetRateLimit,
  count64,
  countEvent(23, 'WeightsSetRateLimitSet'),
  root,
);
subnetParameter(
  13,
  'sudo_set_immunity_period',
  'immunity_period',
  store.ImmunityPeriod,
  u16,
  u16Event(24, 'ImmunityPeriodSet'),
  owner,
);
subnetParameter(
  14,
  'sudo_set_min_allowed_weights',
  'min_allowed_weights',
  store.MinAllowedWeights,
  u16,
  u16Event(20, 'MinAllowedWeightSet'),
  owner,
);
subnetParameter(
  15,
  'sudo_set_max_allowed_uids',
  'max_allowed_uids',
  store.MaxAllowedUids,
  u16,
  u16Event(10, 'MaxAllowedUidsSet'),
  rootInWindow,
);
subnetParameter(
  18,
  'sudo_set_activity_cutoff',
  'activity_cutoff',
  store.ActivityCutoff,
  u16,
  u16Event(16, 'ActivityCutoffSet'),
  owner,
);
subnetParameter(
  19,
  'sudo_set_network_registration_allowed',
  'registration_allowed',
  store.NetworkRegistrationAllowed,
  bool,
  boolEvent(51, 'RegistrationAllowed'),
  root,
);
subnetParameter(
  21,
  'sudo_set_target_registrations_per_interval',
  'target_registrations_per_interval',
  store.TargetRegistrationsPerInterval,
  u16,
  u16Event(14, 'RegistrationPerIntervalSet'),
  rootInWindow,
);
subnetParameter(
  22,
  'sudo_set_min_burn',
  'min_burn',
  store.MinBurn,
  taoBalance,
  events.tupleEvent(39, 'MinBurnSet', netUid, taoBalance),
  owner,
);
subnetParameter(
  23,
  'sudo_set_max_burn',
  'max_burn',
  store.MaxBurn,
  taoBalance,
  events.tupleEvent(38, 'MaxBurnSet', netUid, taoBalance),
  owner,
);
subnetParameter(
  25,
  'sudo_set_max_allowed_validators',
  'max_allowed_validators',
  store.MaxAllowedValidators,
  u16,
  u16Event(28, 'MaxAllowedValidatorsSet'),
  rootInWindow,
);
subnetParameter(
  27,
  'sudo_set_max_registrations_per_block',
  'max_registrations_per_block',
  store.MaxRegistrationsPerBlock,
  u16,
  u16Event(15, 'MaxRegistrationsPerBlockSet'),
  rootInWindow,
);
kit.call(30, 'sudo_set_tempo', { netuid: netUid, tempo: u16 }, {}, (context, origin, { netuid, tempo }) => {
  ensureRoot(origin);
  if (!store.NetworksAdded.get(context.state, netuid)) throw failure('SubnetDoesNotExist');
  ensureOutsideWindow(context, netuid);
  restartEpochs(context, netuid, tempo);
});
subnetParameter(
  49,
  'sudo_set_commit_reveal_weights_enabled',
  'enabled',
  store.CommitRevealWeightsEnabled,
  bool,
  boolEvent(102, 'CommitRevealEnabled'),
  owner,
);
subnetParameter(
  57,
  'sudo_set_commit_reveal_weights_interval',
  'interval',
  store.RevealPeriodEpochs,
  count64,
  countEvent(101, 'CommitRevealPeriodsSet'),
  owner,
);
subnetParameter(
  61,
  'sudo_set_toggle_transfer',
  'toggle',
  store.TransferToggle,
  bool,
  boolEvent(94, 'TransferToggle'),
  owner,
);
subnetParameter(
  66,
  'sudo_set_subtoken_enabled',
  'subtoken_enabled',
  store.SubtokenEnabled,
  bool,
  null,
  rootInWindow,
);
subnetParameter(
  76,
  'sudo_set_mechanism_count',
  'mechanism_count',
  store.MechanismCountCurrent,
  mechId,
  null,
  owner,
  beginMechanisms,
);

/** A parameter of the whole chain, for root. */
const chainParameter = <V>(
  index: number,
  name: string,
  argument: string,
  item: StorageItem<readonly [], V, V>,
  codec: Codec<V>,
  event: (value: V) => RuntimeEvent,
): void => {
  kit.call(index, name, { [argument]: codec }, {}, (context, origin, args) => {
    ensureRoot(origin);
    const value = args[argument] as V;
    item.put(context.state, value);
    context.deposit(event(value));
  });
};

chainParameter(
  29,
  'sudo_set_network_rate_limit',
  'rate_limit',
  store.NetworkRateLimit,
  u64,
  events.tupleEvent(59, 'NetworkRateLimitSet', u64),
);
chainParameter(
  85,
  'sudo_set_start_call_delay',
  'delay',
  store.StartCallDelay,
  count64,
  events.tupleEvent(61, 'StartCallDelaySet', count64),
);
chainParameter(
  42,
  'sudo_set_stake_threshold',
  'min_stake',
  store.StakeThreshold,
  u64,
  events.tupleEvent(55, 'StakeThresholdSet', u64),
);
chainParameter(
  71,
  'sudo_set_commit_reveal_version',
  'version',
  store.CommitRevealWeightsVersion,
  u16,
  events.tupleEvent(107, 'CommitRevealVersionSet', u16),
);
chainParameter(
  74,
  'sudo_set_admin_freeze_window',
  'window',
  store.AdminFreezeWindow,
  u16,
  events.tupleEvent(44, 'AdminFreezeWindowSet', u16),
);
chainParameter(
  75,
  'sudo_set_owner_hparam_rate_limit',
  'epochs',
  store.OwnerHyperparamRateLimit,
  u16,
  events.tupleEvent(45, 'OwnerHyperparamRateLimitSet', u16),
);

export const adminUtils = kit.done();
