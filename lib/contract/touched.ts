import type { ChainFacts, PalletFacts } from './facts.js';

/** Names of what is used of a pallet. */
export interface TouchedPallet {
  readonly storage?: readonly string[];
  readonly calls?: readonly string[];
  readonly events?: readonly string[];
  readonly errors?: readonly string[];
  readonly constants?: readonly string[];
}

export interface Touched {
  readonly pallets: Readonly<Record<string, TouchedPallet>>;
  /** Methods by runtime API. */
  readonly apis: Readonly<Record<string, readonly string[]>>;
}

/** Runtime APIs whose answers are read by the place of their bytes, for want of metadata (`lib/chain/transactions`). */
export const READ_BY_PLACE: ReadonlySet<string> = new Set(['SwapRuntimeApi.sim_swap_tao_for_alpha']);

/** Everything of the chain that this product reads, calls, waits for or names. A test holds it to what the client asks for. */
export const TOUCHED: Touched = {
  pallets: {
    System: {
      storage: ['Account', 'BlockHash', 'Events', 'LastRuntimeUpgrade', 'Number'],
      events: ['ExtrinsicSuccess', 'ExtrinsicFailed'],
      constants: ['BlockHashCount', 'SS58Prefix', 'Version'],
    },
    Timestamp: { storage: ['Now'], calls: ['set'] },
    Aura: { constants: ['SlotDuration'] },
    Balances: {
      calls: ['transfer_keep_alive'],
      events: ['Transfer'],
      constants: ['ExistentialDeposit'],
    },
    TransactionPayment: { events: ['TransactionFeePaid'] },
    SubtensorModule: {
      storage: [
        'BlocksSinceLastStep',
        'Burn',
        'CommitRevealWeightsEnabled',
        'CommitRevealWeightsVersion',
        'Keys',
        'LastEpochBlock',
        'LastUpdate',
        'MaxWeightsLimit',
        'MechanismCountCurrent',
        'MinAllowedWeights',
        'NetworksAdded',
        'Owner',
        'PendingEpochAt',
        'RevealPeriodEpochs',
        'StakeThreshold',
        'SubnetAlphaIn',
        'SubnetEpochConsensus',
        'SubnetEpochIndex',
        'SubnetMechanism',
        'SubnetOwnerHotkey',
        'SubnetTAO',
        'SubnetworkN',
        'TaoWeight',
        'Tempo',
        'TimelockedWeightCommits',
        'TotalHotkeyAlpha',
        'Uids',
        'ValidatorPermit',
        'Weights',
        'WeightsSetRateLimit',
        'WeightsVersionKey',
      ],
      calls: [
        'add_stake',
        'burned_register',
        'commit_timelocked_mechanism_weights',
        'commit_timelocked_weights',
        'set_mechanism_weights',
        'set_weights',
        'transfer_stake',
      ],
      events: [
        'NeuronRegistered',
        'StakeAdded',
        'StakeRemoved',
        'StakeTransferred',
        'TimelockedWeightsCommitted',
        'TimelockedWeightsRevealed',
        'WeightsSet',
      ],
      errors: [
        'AmountTooLow',
        'CommitRevealDisabled',
        'CommitRevealEnabled',
        'CommittingWeightsTooFast',
        'HotKeyAlreadyRegisteredInSubNet',
        'HotKeyNotRegisteredInSubNet',
        'IncorrectCommitRevealVersion',
        'IncorrectWeightVersionKey',
        'InvalidRevealRound',
        'MechanismDoesNotExist',
        'NeuronNoValidatorPermit',
        'NotEnoughBalanceToStake',
        'NotEnoughStakeToSetWeights',
        'NotEnoughStakeToWithdraw',
        'SettingWeightsTooFast',
        'SubnetNotExists',
        'TooManyUnrevealedCommits',
        'UidVecContainInvalidOne',
        'WeightVecLengthIsLow',
      ],
    },
    Utility: { calls: ['batch', 'batch_all', 'force_batch'] },
    Commitments: {
      storage: ['CommitmentOf', 'LastCommitment', 'MaxSpace', 'RevealedCommitments', 'UsedSpaceOf'],
      calls: ['set_commitment'],
      events: ['Commitment', 'CommitmentRevealed', 'TimelockCommitment'],
      errors: ['AccountNotAllowedCommit', 'SpaceLimitExceeded', 'TooManyFieldsInCommitmentInfo'],
      constants: ['MaxFields'],
    },
    Drand: {
      storage: ['BeaconConfig', 'LastStoredRound', 'OldestStoredRound', 'Pulses'],
      events: ['NewPulse'],
    },
    Swap: { storage: ['FeeRate'] },
  },
  apis: {
    AccountNonceApi: ['account_nonce'],
    Core: ['version'],
    Metadata: ['metadata_at_version', 'metadata_versions'],
    StakeInfoRuntimeApi: ['get_stake_info_for_hotkey_coldkey_netuid'],
    SubnetInfoRuntimeApi: ['get_selective_metagraph'],
    SwapRuntimeApi: ['current_alpha_price', 'sim_swap_tao_for_alpha'],
    TransactionPaymentApi: ['query_info'],
  },
};

/** What may be absent, and what the product does then. Keys are as in a report: `pallet.item`. */
export const REPLACEABLE: Readonly<Record<string, string>> = {
  'SubtensorModule.LastEpochBlock': 'epochs follow the modulo rule of runtimes before spec 423',
  'SubtensorModule.PendingEpochAt': 'epochs follow the modulo rule of runtimes before spec 423',
  'SubtensorModule.SubnetEpochIndex': 'epochs follow the modulo rule of runtimes before spec 423',
  'SubtensorModule.SubnetEpochConsensus': 'epochs follow Yuma on runtimes before spec 474',
  'Commitments.AccountNotAllowedCommit': 'newer runtimes name the error of SubtensorModule',
};

/** Only what is named. What is named and not there stays out: {@link driftOf} tells that. */
export const restrictTo = (facts: ChainFacts, { pallets, apis }: Touched): ChainFacts => ({
  ...facts,
  pallets: pickEach(facts.pallets, pallets, (pallet, names): PalletFacts => ({
    index: pallet.index,
    storage: pick(pallet.storage, names.storage),
    calls: pick(pallet.calls, names.calls),
    events: pick(pallet.events, names.events),
    errors: pick(pallet.errors, names.errors),
    constants: pick(pallet.constants, names.constants),
  })),
  apis: pickEach(facts.apis, apis, (methods, names) => pick(methods, names)),
});

/** The names of everything that facts hold. */
export const namesIn = ({ pallets, apis }: ChainFacts): Touched => ({
  pallets: mapValues(pallets, ({ storage, calls, events, errors, constants }) => ({
    storage: Object.keys(storage),
    calls: Object.keys(calls),
    events: Object.keys(events),
    errors: Object.keys(errors),
    constants: Object.keys(constants),
  })),
  apis: mapValues(apis, (methods) => Object.keys(methods)),
});

/** Everything that either names, in alphabetical order. */
export const unionOf = (a: Touched, b: Touched): Touched => ({
  pallets: mergeWith(a.pallets, b.pallets, (one, other) => ({
    storage: both(one.storage, other.storage),
    calls: both(one.calls, other.calls),
    events: both(one.events, other.events),
    errors: both(one.errors, other.errors),
    constants: both(one.constants, other.constants),
  })),
  apis: mergeWith(a.apis, b.apis, (one, other) => both(one, other)),
});

const pick = <T>(from: Readonly<Record<string, T>>, names: readonly string[] = []): Record<string, T> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const found = from[name];
      return found === undefined ? [] : [[name, found] as const];
    }),
  );

const pickEach = <T, N>(
  from: Readonly<Record<string, T>>,
  names: Readonly<Record<string, N>>,
  choose: (found: T, names: N) => T,
): Record<string, T> =>
  Object.fromEntries(
    Object.entries(names).flatMap(([name, inner]) => {
      const found = from[name];
      return found === undefined ? [] : [[name, choose(found, inner)] as const];
    }),
  );

const mapValues = <T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

const mergeWith = <T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  merge: (one: T, other: T) => T,
): Record<string, T> =>
  Object.fromEntries(
    both(Object.keys(a), Object.keys(b)).map((name) => {
      const [one, other] = [a[name], b[name]];
      return [name, one === undefined ? (other as T) : other === undefined ? one : merge(one, other)];
    }),
  );

const both = (a: readonly string[] = [], b: readonly string[] = []): string[] =>
  [...new Set([...a, ...b])].sort();
