import { count64, u16 } from '../../scale/index.js';
import { signedBy, type Context } from '../../runtime/context.js';
import type { StateReader, StateWriter } from '../../runtime/state.js';
import { accountId, netUid, ZERO_ACCOUNT, type AccountId } from '../../runtime/types.js';
import { freeBalance, withdraw } from '../balances.js';
import { kit, subtensorFailure } from './declaration.js';
import { nextEpochBlock } from './epochs.js';
import { placeNeuron } from './neurons.js';
import * as store from './storage.js';

/*
 * Subnets: their registration, their start, and what their owners may do about epochs.
 */
const NetworkAdded = kit.tupleEvent(0, 'NetworkAdded', netUid, u16);
const FirstEmissionBlockNumberSet = kit.tupleEvent(96, 'FirstEmissionBlockNumberSet', netUid, count64);
const TempoSet = kit.tupleEvent(53, 'TempoSet', netUid, u16);

const EpochTriggered = kit.event(136, 'EpochTriggered', {
  netuid: netUid,
  by: accountId,
  fires_at: count64,
});

/** New subnets are dynamic: TAO and alpha trade in a pool. */
const DYNAMIC = 1;
const NEW_SUBNET = {
  tempo: 360,
  minAllowedWeights: 1,
  maxAllowedUids: 256,
  maxAllowedValidators: 64,
  immunityPeriod: 5000,
  burn: 1_000_000_000n,
} as const;
/** Tempos that an owner may choose. */
const TEMPO_BOUNDS = [360, 50_400] as const;

kit.call(
  59,
  'register_network',
  { hotkey: accountId },
  {
    weight: 235_000_000,
    guard: (context) => ensureNetworkRate(context),
  },
  (context, origin, { hotkey }) => registerNetwork(context, signedBy(origin), hotkey),
);

kit.call(92, 'start_call', { netuid: netUid }, { weight: 80_000_000 }, (context, origin, { netuid }) => {
  const { state, block } = context;
  ensureOwner(state, netuid, signedBy(origin));
  if (store.FirstEmissionBlockNumber.has(state, netuid)) {
    throw subtensorFailure('FirstEmissionBlockNumberAlreadySet');
  }
  if (block < store.NetworkRegisteredAt.get(state, netuid) + store.StartCallDelay.get(state)) {
    throw subtensorFailure('NeedWaitingMoreBlocksToStarCall');
  }
  store.FirstEmissionBlockNumber.put(state, netuid, block + 1);
  store.SubtokenEnabled.put(state, netuid, true);
  context.deposit(FirstEmissionBlockNumberSet(netuid, block + 1));
});

kit.call(139, 'set_tempo', { netuid: netUid, tempo: u16 }, {}, (context, origin, { netuid, tempo }) => {
  ensureOwner(context.state, netuid, signedBy(origin));
  const [least, most] = TEMPO_BOUNDS;
  if (tempo < least || tempo > most) throw subtensorFailure('TempoOutOfBounds');
  ensureOpenReveal(context.state, netuid);
  restartEpochs(context, netuid, tempo);
});

/** The epoch comes after the window in which hyperparameters are frozen, so that nobody is surprised by it. */
kit.call(141, 'trigger_epoch', { netuid: netUid }, {}, (context, origin, { netuid }) => {
  const { state, block } = context;
  ensureOwner(state, netuid, signedBy(origin));
  ensureOpenReveal(state, netuid);
  if (store.PendingEpochAt.get(state, netuid) > 0) throw subtensorFailure('EpochTriggerAlreadyPending');
  const at = block + Math.max(1, store.AdminFreezeWindow.get(state));
  const next = nextEpochBlock(state, netuid, block);
  if (next !== null && next <= at) throw subtensorFailure('AutoEpochAlreadyImminent');
  store.PendingEpochAt.put(state, netuid, at);
  context.deposit(EpochTriggered({ netuid, by: signedBy(origin), fires_at: at }));
});

/** A new tempo begins a new cycle. */
export const restartEpochs = (context: Context, netuid: number, tempo: number): void => {
  store.Tempo.put(context.state, netuid, tempo);
  store.LastEpochBlock.put(context.state, netuid, context.block);
  store.BlocksSinceLastStep.put(context.state, netuid, 0);
  context.deposit(TempoSet(netuid, tempo));
};

/** rao that the next subnet costs: twice the last one's, falling back to the least over the reduction interval. */
export const networkCost = (state: StateReader, block: number): bigint => {
  const last = store.NetworkLastLockCost.get(state);
  const least = store.NetworkMinLockCost.get(state);
  const lastBlock = lastRegistration(state);
  if (lastBlock === 0) return last > least ? last : least;
  const interval = store.NetworkLockReductionInterval.get(state);
  const fallen = interval === 0n ? last : (last / interval) * BigInt(block - lastBlock);
  const cost = last * 2n - fallen;
  return cost > least ? cost : least;
};

const registerNetwork = (context: Context, coldkey: AccountId, hotkey: AccountId): void => {
  const { state, block } = context;
  const owner = store.Owner.get(state, hotkey);
  if (owner !== ZERO_ACCOUNT && owner !== coldkey) throw subtensorFailure('NonAssociatedColdKey');
  if (block < store.NetworkRegistrationStartBlock.get(state))
    throw subtensorFailure('SubNetRegistrationDisabled');
  ensureNetworkRate(context);
  const count = store.TotalNetworks.get(state);
  if (count >= store.SubnetLimit.get(state)) throw subtensorFailure('SubnetLimitReached');
  const cost = networkCost(state, block);
  if (freeBalance(state, coldkey) < cost) throw subtensorFailure('CannotAffordLockCost');

  const netuid = firstFree(state);
  withdraw(context, coldkey, cost);
  store.NetworkLastLockCost.put(state, cost);
  store.TotalNetworks.put(state, count + 1);
  beginSubnet(state, netuid, block);
  store.SubnetLocked.put(state, netuid, cost);
  store.SubnetTAO.put(state, netuid, cost);
  store.SubnetAlphaIn.put(state, netuid, cost);
  placeNeuron(context, netuid, 0, hotkey, coldkey);
  store.SubnetOwner.put(state, netuid, coldkey);
  store.SubnetOwnerHotkey.put(state, netuid, hotkey);
  context.deposit(NetworkAdded(netuid, DYNAMIC));
};

const beginSubnet = (state: StateWriter, netuid: number, block: number): void => {
  store.NetworksAdded.put(state, netuid, true);
  store.SubnetMechanism.put(state, netuid, DYNAMIC);
  store.NetworkRegisteredAt.put(state, netuid, block);
  store.LastEpochBlock.put(state, netuid, block);
  store.SubnetworkN.put(state, netuid, 0);
  store.Tempo.put(state, netuid, NEW_SUBNET.tempo);
  store.MinAllowedWeights.put(state, netuid, NEW_SUBNET.minAllowedWeights);
  store.MaxAllowedUids.put(state, netuid, NEW_SUBNET.maxAllowedUids);
  store.MaxAllowedValidators.put(state, netuid, NEW_SUBNET.maxAllowedValidators);
  store.ImmunityPeriod.put(state, netuid, NEW_SUBNET.immunityPeriod);
  store.Burn.put(state, netuid, NEW_SUBNET.burn);
};

const firstFree = (state: StateReader): number => {
  for (let netuid = 1; ; netuid++) if (!store.NetworksAdded.get(state, netuid)) return netuid;
};

const ensureNetworkRate = ({ state, block }: Context): void => {
  const last = lastRegistration(state);
  if (last > 0 && BigInt(block - last) < store.NetworkRateLimit.get(state)) {
    throw subtensorFailure('NetworkTxRateLimitExceeded');
  }
};

/** Block of the newest subnet; 0 when all are of the chain's beginning. */
const lastRegistration = (state: StateReader): number =>
  Math.max(0, ...store.NetworkRegisteredAt.entries(state).map(({ value }) => value));

const ensureOwner = (state: StateReader, netuid: number, who: AccountId): void => {
  if (!store.NetworksAdded.get(state, netuid)) throw subtensorFailure('SubnetNotExists');
  if (store.SubnetOwner.get(state, netuid) !== who) throw subtensorFailure('NotSubnetOwner');
};

/** Commits wait for an epoch that must not move. */
const ensureOpenReveal = (state: StateReader, netuid: number): void => {
  if (store.CommitRevealWeightsEnabled.get(state, netuid)) {
    throw subtensorFailure('DynamicTempoBlockedByCommitReveal');
  }
};
