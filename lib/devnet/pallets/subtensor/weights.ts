import { u16, u64, vec } from '../../scale/index.js';
import { signedBy, type Context } from '../../runtime/context.js';
import type { StateReader } from '../../runtime/state.js';
import { mechId, netUid, storageIndex, type AccountId } from '../../runtime/types.js';
import { kit, subtensorFailure } from './declaration.js';
import { MECHANISM_STRIDE, setAt, storageIndexOf } from './neurons.js';
import * as store from './storage.js';

const WeightsSet = kit.tupleEvent(5, 'WeightsSet', storageIndex, u16);

interface WeightsArgs {
  readonly netuid: number;
  readonly mecid: number;
  readonly dests: readonly number[];
  readonly weights: readonly number[];
  readonly version_key: bigint;
}

const weightsFields = { dests: vec(u16), weights: vec(u16), version_key: u64 };
const WEIGHT = 1_500_000_000;

export const setWeights = kit.call(
  0,
  'set_weights',
  { netuid: netUid, ...weightsFields },
  {
    weight: WEIGHT,
    free: true,
    guard: (context, who, args) => guardPlainWeights(context, who, { ...args, mecid: 0 }),
  },
  (context, origin, args) => setPlainWeights(context, signedBy(origin), { ...args, mecid: 0 }),
);

export const setMechanismWeights = kit.call(
  119,
  'set_mechanism_weights',
  { netuid: netUid, mecid: mechId, ...weightsFields },
  { weight: WEIGHT, free: true, guard: (context, who, args) => guardPlainWeights(context, who, args) },
  (context, origin, args) => setPlainWeights(context, signedBy(origin), args),
);

/** Before inclusion: stake for any weight call, and the rate limit where weights are set openly. */
const guardPlainWeights = (context: Context, who: AccountId, { netuid, mecid }: WeightsArgs): void => {
  const { state } = context;
  ensureStake(state, netuid, who);
  if (store.CommitRevealWeightsEnabled.get(state, netuid)) return;
  const uid = uidOf(state, netuid, who);
  if (!mayUpdate(context, netuid, storageIndexOf(netuid, mecid), uid))
    throw subtensorFailure('SettingWeightsTooFast');
};

const setPlainWeights = (context: Context, who: AccountId, args: WeightsArgs): void => {
  if (store.CommitRevealWeightsEnabled.get(context.state, args.netuid))
    throw subtensorFailure('CommitRevealEnabled');
  storeWeights(context, who, args);
};

/**
 * The body of every way to set weights, in the runtime's order of checks. With commit-reveal on it runs for revealed
 * weights: their rate was limited, and `LastUpdate` set, when they were committed.
 */
export const storeWeights = (context: Context, who: AccountId, args: WeightsArgs): void => {
  const { state, block } = context;
  const { netuid, mecid, dests, weights, version_key } = args;
  const index = storageIndexOf(netuid, mecid);
  const open = !store.CommitRevealWeightsEnabled.get(state, netuid);

  if (netuid === 0) throw subtensorFailure('CanNotSetRootNetworkWeights');
  if (dests.length !== weights.length) throw subtensorFailure('WeightVecNotEqualSize');
  ensureMechanism(state, netuid, mecid);
  if (dests.length > store.SubnetworkN.get(state, netuid))
    throw subtensorFailure('UidsLengthExceedUidsInSubNet');
  const uid = uidOf(state, netuid, who);
  ensureStake(state, netuid, who);
  const versionKey = store.WeightsVersionKey.get(state, netuid);
  if (versionKey !== 0n && version_key < versionKey) throw subtensorFailure('IncorrectWeightVersionKey');
  if (open && !mayUpdate(context, netuid, index, uid)) throw subtensorFailure('SettingWeightsTooFast');
  const isSelfWeight = dests.length === 1 && dests[0] === uid;
  if (!isSelfWeight) ensurePermit(state, netuid, uid, who);
  if (new Set(dests).size < dests.length) throw subtensorFailure('DuplicateUids');
  const count = store.SubnetworkN.get(state, netuid);
  if (dests.some((each) => each >= count)) throw subtensorFailure('UidVecContainInvalidOne');
  const least = Math.min(count, store.MinAllowedWeights.get(state, netuid));
  if (!isSelfWeight && weights.length < least) throw subtensorFailure('WeightVecLengthIsLow');

  const scaled = upscaled(weights);
  store.Weights.put(
    state,
    index,
    uid,
    dests.map((dest, i) => [dest, scaled[i] ?? 0]),
  );
  if (open) setAt(state, store.LastUpdate, index, uid, block);
  context.deposit(WeightsSet(index, uid));
};

/** @throws MechanismDoesNotExist */
export const ensureMechanism = (state: StateReader, netuid: number, mecid: number): void => {
  const exists =
    netuid < MECHANISM_STRIDE &&
    store.NetworksAdded.get(state, netuid) &&
    mecid < store.MechanismCountCurrent.get(state, netuid);
  if (!exists) throw subtensorFailure('MechanismDoesNotExist');
};

/** @throws HotKeyNotRegisteredInSubNet */
export const uidOf = (state: StateReader, netuid: number, hotkey: AccountId): number => {
  const uid = store.Uids.get(state, netuid, hotkey);
  if (uid === null) throw subtensorFailure('HotKeyNotRegisteredInSubNet');
  return uid;
};

/** Stake that counts for weights: the hotkey's alpha. The subnet owner's hotkey needs none. */
export const ensureStake = (state: StateReader, netuid: number, hotkey: AccountId): void => {
  if (store.SubnetOwnerHotkey.get(state, netuid) === hotkey) return;
  if (store.TotalHotkeyAlpha.get(state, hotkey, netuid) < store.StakeThreshold.get(state)) {
    throw subtensorFailure('NotEnoughStakeToSetWeights');
  }
};

const ensurePermit = (state: StateReader, netuid: number, uid: number, hotkey: AccountId): void => {
  if (store.SubnetOwnerHotkey.get(state, netuid) === hotkey) return;
  if (store.ValidatorPermit.get(state, netuid)[uid] !== true)
    throw subtensorFailure('NeuronNoValidatorPermit');
};

/** Whether the rate limit lets a uid update its weights now. Zero means that it never did. */
export const mayUpdate = ({ state, block }: Context, netuid: number, index: number, uid: number): boolean => {
  const last = store.LastUpdate.get(state, index)[uid] ?? 0;
  return last === 0 || block - last >= store.WeightsSetRateLimit.get(state, netuid);
};

/**
 * `max_upscale` of the runtime, in its 32-bit fixed point: the largest becomes 65535.
 * For a largest value up to 32768 it multiplies first, above it uses a truncated factor.
 */
export const upscaled = (weights: readonly number[]): number[] => {
  const most = Math.max(0, ...weights);
  if (most === 0 || most === 65_535) return [...weights];
  const one = 1n << 32n;
  const max = BigInt(most);
  const factor = (65_535n * one) / max;
  return weights.map((weight) => {
    const product = most <= 32_768 ? (BigInt(weight) * 65_535n * one) / max : BigInt(weight) * factor;
    return Number((product + one / 2n) / one);
  });
};
