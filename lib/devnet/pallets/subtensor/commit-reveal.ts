import { decodeWeightsPayload, MAX_WEIGHT_COMMIT_BYTES } from '../../../timelock/index.js';
import { boundedBytes, u16, u64 } from '../../scale/index.js';
import { signedBy, transactionally, type Context } from '../../runtime/context.js';
import { DispatchFailure } from '../../runtime/errors.js';
import { blake256 } from '../../runtime/hashing.js';
import { openSealed } from '../../runtime/opening.js';
import { accountId, h256, hex, mechId, netUid, storageIndex, type AccountId } from '../../runtime/types.js';
import { LastStoredRound, signatureOfRound } from '../drand.js';
import { kit, subtensorFailure } from './declaration.js';
import { epochWithLookAhead } from './epochs.js';
import { MECHANISM_STRIDE, setAt, storageIndexOf, storageIndices } from './neurons.js';
import * as store from './storage.js';
import { ensureMechanism, ensureStake, mayUpdate, storeWeights, uidOf } from './weights.js';

const TimelockedWeightsCommitted = kit.tupleEvent(
  108,
  'TimelockedWeightsCommitted',
  accountId,
  storageIndex,
  h256,
  u64,
);
const TimelockedWeightsRevealed = kit.tupleEvent(109, 'TimelockedWeightsRevealed', storageIndex, accountId);

/** Commits that one hotkey may have waiting in one epoch. */
const MOST_UNREVEALED = 10;

interface CommitArgs {
  readonly netuid: number;
  readonly mecid: number;
  readonly commit: Uint8Array;
  readonly reveal_round: bigint;
  readonly commit_reveal_version: number;
}

const commitFields = {
  commit: boundedBytes(MAX_WEIGHT_COMMIT_BYTES),
  reveal_round: u64,
  commit_reveal_version: u16,
};
const WEIGHT = 420_000_000;

export const commitTimelockedWeights = kit.call(
  113,
  'commit_timelocked_weights',
  { netuid: netUid, ...commitFields },
  {
    weight: WEIGHT,
    free: true,
    guard: (context, who, args) => guardCommit(context, who, { ...args, mecid: 0 }),
  },
  (context, origin, args) => commit(context, signedBy(origin), { ...args, mecid: 0 }),
);

export const commitTimelockedMechanismWeights = kit.call(
  118,
  'commit_timelocked_mechanism_weights',
  { netuid: netUid, mecid: mechId, ...commitFields },
  { weight: WEIGHT, free: true, guard: (context, who, args) => guardCommit(context, who, args) },
  (context, origin, args) => commit(context, signedBy(origin), args),
);

const guardCommit = ({ state }: Context, who: AccountId, { netuid, reveal_round }: CommitArgs): void => {
  ensureStake(state, netuid, who);
  if (reveal_round < BigInt(LastStoredRound.get(state))) throw subtensorFailure('InvalidRevealRound');
};

const commit = (context: Context, who: AccountId, args: CommitArgs): void => {
  const { state, block } = context;
  const { netuid, mecid, reveal_round } = args;
  const index = storageIndexOf(netuid, mecid);
  ensureMechanism(state, netuid, mecid);
  if (!store.CommitRevealWeightsEnabled.get(state, netuid)) throw subtensorFailure('CommitRevealDisabled');
  if (args.commit_reveal_version !== store.CommitRevealWeightsVersion.get(state)) {
    throw subtensorFailure('IncorrectCommitRevealVersion');
  }
  const uid = uidOf(state, netuid, who);
  if (!mayUpdate(context, netuid, index, uid)) throw subtensorFailure('CommittingWeightsTooFast');

  const epoch = epochWithLookAhead(state, netuid, block);
  const waiting = store.TimelockedWeightCommits.get(state, index, epoch);
  if (waiting.filter(([hotkey]) => hotkey === who).length >= MOST_UNREVEALED) {
    throw subtensorFailure('TooManyUnrevealedCommits');
  }
  store.TimelockedWeightCommits.put(state, index, epoch, [
    ...waiting,
    [who, block, args.commit, reveal_round],
  ]);
  setAt(state, store.LastUpdate, index, uid, block);
  context.deposit(TimelockedWeightsCommitted(who, index, hex(blake256(args.commit)), reveal_round));
};

/** Start of a block: opens the commits of the epoch that is due, and drops those that missed theirs. */
export const revealDueCommits = (context: Context): void => {
  const { state, block } = context;
  for (const { key, value: added } of store.NetworksAdded.entries(state)) {
    const [netuid] = key;
    if (!added) continue;
    const due = epochWithLookAhead(state, netuid, block) - store.RevealPeriodEpochs.get(state, netuid);
    for (const index of storageIndices(state, netuid)) revealBucket(context, netuid, index, due);
  }
};

const revealBucket = (context: Context, netuid: number, index: number, due: number): void => {
  const { state } = context;
  for (const { key, value } of store.TimelockedWeightCommits.entries(state, index)) {
    const [, epoch] = key;
    if (epoch > due) continue;
    const waiting = epoch < due ? [] : value.filter((each) => !reveal(context, netuid, index, each));
    if (waiting.length === 0) store.TimelockedWeightCommits.remove(state, index, epoch);
    else if (waiting.length < value.length) store.TimelockedWeightCommits.put(state, index, epoch, waiting);
  }
};

/**
 * Opens one commit. What does not open or is not allowed is consumed without an event, as the runtime does.
 *
 * @returns false while the round's pulse is missing
 */
const reveal = (
  context: Context,
  netuid: number,
  index: number,
  [who, , sealed, round]: [AccountId, number, Uint8Array, bigint],
): boolean => {
  const signature = signatureOfRound(context.state, round);
  if (!signature) return false;
  const opening = openSealed(sealed, signature);
  const payload = opening.ok ? payloadOf(opening.plaintext) : null;
  if (!payload || (payload.hotkey !== null && hex(payload.hotkey) !== who)) return true;
  try {
    transactionally(context, (inner) => {
      storeWeights(inner, who, {
        netuid,
        mecid: Math.floor(index / MECHANISM_STRIDE),
        dests: payload.uids,
        weights: payload.values,
        version_key: payload.versionKey,
      });
      inner.deposit(TimelockedWeightsRevealed(index, who));
    });
  } catch (error) {
    if (!(error instanceof DispatchFailure)) throw error;
  }
  return true;
};

const payloadOf = (plaintext: Uint8Array) => {
  try {
    return decodeWeightsPayload(plaintext);
  } catch {
    return null;
  }
};
