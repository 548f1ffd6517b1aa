import {
  btreeSet,
  bytes,
  count64,
  nameEnum,
  struct,
  tuple,
  u32,
  u64,
  vec,
  type ValueOf,
} from '../../scale/index.js';
import { ensureRoot, signedBy, type Context } from '../../runtime/context.js';
import { openField } from '../../runtime/opening.js';
import { PalletKit } from '../../runtime/pallet.js';
import type { StateWriter } from '../../runtime/state.js';
import { identity, twox64 } from '../../runtime/storage.js';
import { accountId, netUid, taoBalance, type AccountId } from '../../runtime/types.js';
import { OldestStoredRound, signatureOfRound } from '../drand.js';
import { onNeuronReplaced, subtensorFailure } from '../subtensor/declaration.js';
import { NetworksAdded, SubnetEpochIndex, Uids } from '../subtensor/storage.js';
import { commitmentInfo, MAX_FIELDS, spaceOf, type Data, type Sealed } from './data.js';

export type { Data, Sealed } from './data.js';

/*
 * pallets/commitments of subtensor with the reveal rules of spec 446: what can never open becomes
 * `TimelockRevealFailed` and stays.
 */
const kit = new PalletKit('Commitments', 18, 'pallet_commitments');

const registration = struct(
  'pallet_commitments::types::Registration',
  { deposit: taoBalance, block: u32, info: commitmentInfo },
  [
    ['Balance', taoBalance],
    ['MaxFields', null],
    ['BlockNumber', u32],
  ],
);
type Registration = ValueOf<typeof registration>;

const usage = struct('pallet_commitments::types::UsageTracker', { last_epoch: count64, used_space: count64 });
const perNeuron = [identity(netUid), twox64(accountId)] as const;

export const TimelockedIndex = kit.value('TimelockedIndex', btreeSet(tuple(netUid, accountId)), []);
export const CommitmentOf = kit.optionalMap('CommitmentOf', perNeuron, registration);
export const LastCommitment = kit.optionalMap('LastCommitment', perNeuron, u32);
export const LastBondsReset = kit.optionalMap('LastBondsReset', perNeuron, u32);
export const RevealedCommitments = kit.optionalMap('RevealedCommitments', perNeuron, vec(tuple(bytes, u64)));
export const UsedSpaceOf = kit.optionalMap('UsedSpaceOf', perNeuron, usage);
export const MaxSpace = kit.value('MaxSpace', u32, 3100);

const revealFailure = nameEnum('pallet_commitments::types::RevealFailure', [
  'SignatureDeserialize',
  'CiphertextDeserialize',
  'Decrypt',
  'EmptyPlaintext',
  'PulseExpired',
  'RoundMismatch',
]);
type RevealFailure = ValueOf<typeof revealFailure>;

const neuron = { netuid: netUid, who: accountId };
const Commitment = kit.event(0, 'Commitment', neuron);
const TimelockCommitment = kit.event(1, 'TimelockCommitment', { ...neuron, reveal_round: u64 });
const CommitmentRevealed = kit.event(2, 'CommitmentRevealed', neuron);
const CommitmentRevealFailed = kit.event(3, 'CommitmentRevealFailed', {
  ...neuron,
  reveal_round: u64,
  error: revealFailure,
});

const failure = kit.errors([
  'TooManyFieldsInCommitmentInfo',
  'AccountNotAllowedCommit',
  'SpaceLimitExceeded',
  'UnexpectedUnreserveLeftover',
  'TimelockRevealFailedNotAllowed',
]);

kit.constant('MaxFields', u32, MAX_FIELDS);
kit.constant('InitialDeposit', taoBalance, 0n);
kit.constant('FieldDeposit', taoBalance, 0n);

/** Space that every commitment takes at least. */
const LEAST_SPACE = 100;
/** Reveals that are kept for one hotkey; the oldest go first. */
const KEPT_REVEALS = 10;

export const setCommitment = kit.call(
  0,
  'set_commitment',
  { netuid: netUid, info: commitmentInfo },
  { weight: 90_000_000, free: true },
  (context, origin, { netuid, info }) => {
    const who = signedBy(origin);
    ensureMayCommit(context, netuid, who);
    if (info.fields.some(({ kind }) => kind === 'TimelockRevealFailed')) {
      throw failure('TimelockRevealFailedNotAllowed');
    }
    useSpace(context, netuid, who, info.fields);
    record(context, netuid, who, info.fields);
  },
);

kit.call(2, 'set_max_space', { new_limit: u32 }, {}, (context, origin, { new_limit }) => {
  ensureRoot(origin);
  MaxSpace.put(context.state, new_limit);
});

export const commitments = kit.done({
  onInitialize: (context) => {
    for (const [netuid, who] of TimelockedIndex.get(context.state)) revealWhatCanBe(context, netuid, who);
  },
});

onNeuronReplaced.push(({ state }, netuid, who) => {
  for (const item of [CommitmentOf, LastCommitment, LastBondsReset, RevealedCommitments, UsedSpaceOf]) {
    item.remove(state, netuid, who);
  }
  unindex(state, netuid, who);
});

const ensureMayCommit = ({ state }: Context, netuid: number, who: AccountId): void => {
  if (!NetworksAdded.get(state, netuid)) throw subtensorFailure('SubnetNotExists');
  if (!Uids.has(state, netuid, who)) throw subtensorFailure('HotKeyNotRegisteredInSubNet');
};

const useSpace = ({ state }: Context, netuid: number, who: AccountId, fields: readonly Data[]): void => {
  const required = Math.max(
    LEAST_SPACE,
    fields.reduce((sum, field) => sum + spaceOf(field), 0),
  );
  const epoch = SubnetEpochIndex.get(state, netuid);
  const before = UsedSpaceOf.get(state, netuid, who);
  const used = (before?.last_epoch === epoch ? before.used_space : 0) + required;
  if (used > MaxSpace.get(state)) throw failure('SpaceLimitExceeded');
  UsedSpaceOf.put(state, netuid, who, { last_epoch: epoch, used_space: used });
};

/** Replaces whatever the hotkey had committed: an earlier ciphertext that is still sealed is gone for good. */
const record = (context: Context, netuid: number, who: AccountId, fields: Data[]): void => {
  const { state, block } = context;
  if (fields.some(({ kind }) => kind === 'ResetBondsFlag')) LastBondsReset.put(state, netuid, who, block);
  CommitmentOf.put(state, netuid, who, { deposit: 0n, block, info: { fields } });
  LastCommitment.put(state, netuid, who, block);
  const sealed = fields.find(isSealed);
  if (sealed) {
    index(state, netuid, who);
    context.deposit(TimelockCommitment({ netuid, who, reveal_round: sealed.reveal_round }));
  } else {
    unindex(state, netuid, who);
    context.deposit(Commitment({ netuid, who }));
  }
};

const revealWhatCanBe = (context: Context, netuid: number, who: AccountId): void => {
  const { state } = context;
  const committed = CommitmentOf.get(state, netuid, who);
  if (!committed) return unindex(state, netuid, who);
  const fields = committed.info.fields.flatMap((field) =>
    isSealed(field) ? revealField(context, netuid, who, field) : [field],
  );
  const before = committed.info.fields;
  const isUnchanged = fields.length === before.length && fields.every((field, i) => field === before[i]);
  if (!isUnchanged) keepWhatIsLeft(state, netuid, who, committed, fields);
};

/** What becomes of a sealed field: nothing once it is revealed, itself while its pulse is missing, or its failure. */
const revealField = (context: Context, netuid: number, who: AccountId, field: Data & Sealed): Data[] => {
  const { state, block } = context;
  const { encrypted, reveal_round } = field;
  const failed = (error: RevealFailure): Data[] => {
    context.deposit(CommitmentRevealFailed({ netuid, who, reveal_round, error }));
    return [{ kind: 'TimelockRevealFailed', encrypted, reveal_round }];
  };

  const signature = signatureOfRound(state, reveal_round);
  if (!signature) {
    return reveal_round < BigInt(OldestStoredRound.get(state)) ? failed('PulseExpired') : [field];
  }
  const opening = openField(encrypted, signature);
  if (!opening.ok) return failed(opening.failure);
  if (opening.plaintext.length === 0) return failed('EmptyPlaintext');

  const reveals = RevealedCommitments.get(state, netuid, who) ?? [];
  const kept = [...reveals, [opening.plaintext, BigInt(block)] as [Uint8Array, bigint]].slice(-KEPT_REVEALS);
  RevealedCommitments.put(state, netuid, who, kept);
  context.deposit(CommitmentRevealed({ netuid, who }));
  return [];
};

const keepWhatIsLeft = (
  state: StateWriter,
  netuid: number,
  who: AccountId,
  committed: Registration,
  fields: Data[],
): void => {
  if (fields.length === 0) CommitmentOf.remove(state, netuid, who);
  else CommitmentOf.put(state, netuid, who, { ...committed, info: { fields } });
  if (!fields.some(isSealed)) unindex(state, netuid, who);
};

const isSealed = (field: Data): field is Data & Sealed => field.kind === 'TimelockEncrypted';

const index = (state: StateWriter, netuid: number, who: AccountId): void => {
  const others = TimelockedIndex.get(state).filter(([n, w]) => n !== netuid || w !== who);
  // A BTreeSet's order: by netuid, then by the account's bytes, which is the order of its hex.
  TimelockedIndex.put(
    state,
    [...others, [netuid, who] as [number, string]].sort(([n, w], [m, v]) => n - m || (w < v ? -1 : 1)),
  );
};

const unindex = (state: StateWriter, netuid: number, who: AccountId): void => {
  const all = TimelockedIndex.get(state);
  const others = all.filter(([n, w]) => n !== netuid || w !== who);
  if (others.length < all.length) TimelockedIndex.put(state, others);
};
