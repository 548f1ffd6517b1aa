import { encodeWith, tuple, u16, u64, vec } from '../../scale/index.js';
import { signedBy, type Context } from '../../runtime/context.js';
import { blake256 } from '../../runtime/hashing.js';
import type { StateReader } from '../../runtime/state.js';
import { accountId, h256, hex, mechId, netUid, storageIndex, type AccountId } from '../../runtime/types.js';
import { kit, subtensorFailure } from './declaration.js';
import { epochWithLookAhead } from './epochs.js';
import { setAt, storageIndexOf } from './neurons.js';
import * as store from './storage.js';
import { ensureMechanism, ensureStake, mayUpdate, storeWeights, uidOf } from './weights.js';

/*
 * The older commit-reveal: a hash now, weights and salt after `RevealPeriodEpochs` epochs, sent by the validator itself.
 */
const WeightsCommitted = kit.tupleEvent(86, 'WeightsCommitted', accountId, storageIndex, h256);
const WeightsRevealed = kit.tupleEvent(87, 'WeightsRevealed', accountId, storageIndex, h256);

/** Commits that one hotkey may have waiting. */
const MOST_UNREVEALED = 10;
const WEIGHT = 260_000_000;

interface Place {
  readonly netuid: number;
  readonly mecid: number;
}

interface Revealed extends Place {
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly salt: readonly number[];
  readonly version_key: bigint;
}

const commitOptions = {
  weight: WEIGHT,
  free: true,
  guard: (context: Context, who: AccountId, args: { netuid: number; mecid?: number }) =>
    guardCommit(context, who, { mecid: 0, ...args }),
};
const revealed = { uids: vec(u16), values: vec(u16), salt: vec(u16), version_key: u64 };
const revealOptions = {
  weight: WEIGHT,
  free: true,
  guard: ({ state }: Context, who: AccountId, { netuid }: { netuid: number }) =>
    ensureStake(state, netuid, who),
};

kit.call(
  96,
  'commit_weights',
  { netuid: netUid, commit_hash: h256 },
  commitOptions,
  (context, origin, args) => commit(context, signedBy(origin), { ...args, mecid: 0 }, args.commit_hash),
);
kit.call(
  115,
  'commit_mechanism_weights',
  { netuid: netUid, mecid: mechId, commit_hash: h256 },
  commitOptions,
  (context, origin, args) => commit(context, signedBy(origin), args, args.commit_hash),
);
kit.call(97, 'reveal_weights', { netuid: netUid, ...revealed }, revealOptions, (context, origin, args) =>
  reveal(context, signedBy(origin), { ...args, mecid: 0 }),
);
kit.call(
  116,
  'reveal_mechanism_weights',
  { netuid: netUid, mecid: mechId, ...revealed },
  revealOptions,
  (context, origin, args) => reveal(context, signedBy(origin), args),
);

const guardCommit = (context: Context, who: AccountId, { netuid, mecid }: Place): void => {
  const { state } = context;
  ensureStake(state, netuid, who);
  if (!mayUpdate(context, netuid, storageIndexOf(netuid, mecid), uidOf(state, netuid, who))) {
    throw subtensorFailure('CommittingWeightsTooFast');
  }
};

type Waiting = [hash: string, epoch: bigint, block: bigint, unused: bigint];

const commit = (context: Context, who: AccountId, { netuid, mecid }: Place, hash: string): void => {
  const { state, block } = context;
  const index = storageIndexOf(netuid, mecid);
  ensureMechanism(state, netuid, mecid);
  if (!store.CommitRevealWeightsEnabled.get(state, netuid)) throw subtensorFailure('CommitRevealDisabled');
  const uid = uidOf(state, netuid, who);
  if (!mayUpdate(context, netuid, index, uid)) throw subtensorFailure('CommittingWeightsTooFast');
  const epoch = epochWithLookAhead(state, netuid, block);
  const waiting = unexpired(state, netuid, index, who, epoch);
  if (waiting.length >= MOST_UNREVEALED) throw subtensorFailure('TooManyUnrevealedCommits');
  store.WeightCommits.put(state, index, who, [...waiting, [hash, BigInt(epoch), BigInt(block), 0n]]);
  setAt(state, store.LastUpdate, index, uid, block);
  context.deposit(WeightsCommitted(who, index, hash));
};

const reveal = (context: Context, who: AccountId, args: Revealed): void => {
  const { state, block } = context;
  const { netuid, mecid, uids, values, version_key } = args;
  const index = storageIndexOf(netuid, mecid);
  if (!store.CommitRevealWeightsEnabled.get(state, netuid)) throw subtensorFailure('CommitRevealDisabled');
  const all = store.WeightCommits.get(state, index, who) ?? [];
  if (all.length === 0) throw subtensorFailure('NoWeightsCommitFound');
  const epoch = epochWithLookAhead(state, netuid, block);
  const hash = commitHash(who, index, args);
  const found = all.find(([committed]) => committed === hash);
  if (!found) throw subtensorFailure('InvalidRevealCommitHashNotMatch');
  const due = Number(found[1]) + store.RevealPeriodEpochs.get(state, netuid);
  if (epoch > due) throw subtensorFailure('ExpiredWeightCommit');
  if (epoch < due) throw subtensorFailure('RevealTooEarly');
  const left = all.slice(all.indexOf(found) + 1);
  if (left.length === 0) store.WeightCommits.remove(state, index, who);
  else store.WeightCommits.put(state, index, who, left);
  storeWeights(context, who, { netuid, mecid, dests: [...uids], weights: [...values], version_key });
  context.deposit(WeightsRevealed(who, index, hash));
};

const committed = tuple(accountId, storageIndex, vec(u16), vec(u16), vec(u16), u64);

const commitHash = (who: AccountId, index: number, { uids, values, salt, version_key }: Revealed): string =>
  hex(blake256(encodeWith(committed, [who, index, [...uids], [...values], [...salt], version_key])));

const unexpired = (
  state: StateReader,
  netuid: number,
  index: number,
  who: AccountId,
  epoch: number,
): Waiting[] => {
  const period = store.RevealPeriodEpochs.get(state, netuid);
  return (store.WeightCommits.get(state, index, who) ?? []).filter(
    ([, made]) => Number(made) + period >= epoch,
  );
};
