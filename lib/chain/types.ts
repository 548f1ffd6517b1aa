import type { KeyringPair } from '@polkadot/keyring/types';

import type { TransactionReader } from './transaction-types.js';

/** A block that something was read at. */
export interface ChainHead {
  readonly number: number;
  /** `0x` and 64 hex digits. */
  readonly hash: string;
}

/** What a sealer must know of the drand beacon whose pulses the chain opens commitments with. */
export interface BeaconFacts {
  /** Compressed G2 point, 96 bytes, hex without `0x`. */
  readonly publicKey: string;
  readonly genesisSeconds: number;
  readonly periodSeconds: number;
}

/** What one commitment holds, as far as everybody can see it. Texts have lost their SCALE length prefix. */
export type CommitmentContent =
  /** Waiting for its round; `digest` is the sha256 hex of the ciphertext. */
  | { readonly kind: 'sealed'; readonly revealRound: number; readonly digest: string }
  /** Opened by the chain at `revealBlock`; `text` is null when the bytes are not UTF-8. */
  | { readonly kind: 'revealed'; readonly revealBlock: number; readonly text: string | null }
  /** The chain had the pulse and could not open it (`TimelockRevealFailed`, spec 446 and later). */
  | { readonly kind: 'failed'; readonly revealRound: number }
  /** Never sealed, so everybody has read it; `text` is null when it holds a hash, several fields or no UTF-8. */
  | { readonly kind: 'plain'; readonly text: string | null };

export interface ObservedCommitment {
  readonly hotkey: string;
  /** Block of `set_commitment`; the reveal block where {@link commitBlockKnown} is false. */
  readonly commitBlock: number;
  /** False when the state that named the commit block has been discarded by the node. */
  readonly commitBlockKnown: boolean;
  readonly content: CommitmentContent;
}

/** All commitments of a subnet, in chain order, read at one block. */
export interface CommitmentsAt {
  readonly head: ChainHead;
  readonly commitments: readonly ObservedCommitment[];
}

export interface Neuron {
  readonly uid: number;
  readonly hotkey: string;
  readonly coldkey: string;
}

/** State of a subnet's epoch clock, from which the reveal round of a weight commit follows. Blocks and counts. */
export interface EpochClock {
  readonly block: number;
  readonly tempo: number;
  readonly revealPeriodEpochs: number;
  /** Null on runtimes before spec 423, whose epochs follow a modulo rule. */
  readonly stateful: {
    readonly lastEpochBlock: number;
    readonly pendingEpochAt: number;
    readonly subnetEpochIndex: number;
    readonly blocksSinceLastStep: number;
  } | null;
}

/** What the chain demands of the next weights of one hotkey. All read at one block, `clock.block`. */
export interface WeightRules {
  readonly subnetExists: boolean;
  /** Null: not registered. */
  readonly uid: number | null;
  /** The subnet owner's hotkey needs neither stake nor permit, where consensus is Yuma. */
  readonly ownsSubnet: boolean;
  /** What counts of the hotkey's stake, rao in decimal digits; null where it was not asked or is not told. */
  readonly stake: string | null;
  /** `StakeThreshold`, rao in decimal digits; 0 asks for none. */
  readonly stakeThreshold: string;
  /** From spec 474 a subnet may run without Yuma consensus; then nothing replaces the permit. */
  readonly consensus: 'Yuma' | 'Null';
  /** Newest round of the beacon that the chain holds; commits to earlier ones are refused. */
  readonly latestRound: number;
  /** Weight commits of this hotkey that the chain holds for the epoch in which the next block is. */
  readonly commitsInEpoch: number;
  readonly commitRevealEnabled: boolean;
  readonly commitRevealVersion: number;
  readonly rateLimitBlocks: number;
  /** Block of the last weights or of the registration; 0 means never. */
  readonly lastUpdateBlock: number;
  readonly minAllowedWeights: number;
  readonly maxWeightsLimit: number;
  readonly neuronCount: number;
  /** u64 in decimal digits: it may exceed what a JSON number holds. */
  readonly versionKey: string;
  readonly permit: boolean;
  readonly clock: EpochClock;
}

export interface WeightEntry {
  readonly uid: number;
  /** u16 */
  readonly value: number;
}

export interface PendingWeightCommit {
  /** Block of the commit. */
  readonly block: number;
  readonly revealRound: number;
  /** BLAKE2b-256 hex of the sealed payload, as the event `TimelockedWeightsCommitted` names it. */
  readonly digest: string;
}

/** A beacon's signature for a round, as the chain holds it. Nobody has verified it here: see `lib/timelock`. */
export interface StoredPulse {
  readonly round: number;
  /** G1, 48 bytes. */
  readonly signature: Uint8Array;
}

/**
 * Reads from a chain. Every call has a deadline and throws `chain_timeout`, `chain_unreachable`,
 * `chain_rate_limited`, `chain_wrong_genesis`, `chain_unsupported` or `chain_state_discarded`.
 *
 * Which block is read is a choice for each: what identifies a submission or proves that something is done is read at
 * the finalised head, because a reorganisation must not undo it; what the next transaction is judged by, at the best
 * head. Where `at` may be given, it is the best head without.
 */
export interface ChainReader {
  readonly endpoint: string;
  head(): Promise<ChainHead>;
  finalizedHead(): Promise<ChainHead>;
  blockTimeSeconds(): Promise<number>;
  beacon(): Promise<BeaconFacts>;
  specVersion(): Promise<number>;
  /**
   * Everything that is pending or revealed on the subnet at the finalised head: three requests for up to 1,000
   * hotkeys, one more for each further thousand.
   */
  commitments(netuid: number): Promise<CommitmentsAt>;
  /** At the finalised head. */
  commitmentsOf(netuid: number, hotkey: string): Promise<CommitmentsAt>;
  /**
   * What a hotkey has sealed in the commitment of that block, at the finalised head.
   *
   * @returns null when it is not sealed any more, or another commitment has replaced it
   */
  sealedBytes(netuid: number, hotkey: string, commitBlock: number): Promise<Uint8Array | null>;
  /** Block of the commitment that was opened at `revealBlock`; null when that state is discarded. */
  commitBlockOf(netuid: number, hotkey: string, revealBlock: number): Promise<number | null>;
  uidOf(netuid: number, hotkey: string, at?: ChainHead): Promise<number | null>;
  /** The hotkeys that hold these uids, null where nobody does. */
  hotkeysOf(netuid: number, uids: readonly number[], at?: ChainHead): Promise<readonly (string | null)[]>;
  neurons(netuid: number): Promise<readonly Neuron[]>;
  weightRules(netuid: number, hotkey: string): Promise<WeightRules>;
  weightsOf(netuid: number, uid: number, at?: ChainHead): Promise<readonly WeightEntry[]>;
  /** Block in which a uid's weights were last set or committed; its registration's before that; 0 for never. */
  lastUpdateOf(netuid: number, uid: number, at?: ChainHead): Promise<number>;
  pendingWeightCommits(
    netuid: number,
    hotkey: string,
    at?: ChainHead,
  ): Promise<readonly PendingWeightCommit[]>;
  /** The pulse of a round; null while the chain has none, or no longer. */
  pulse(round: number): Promise<StoredPulse | null>;
  /** Free balance of a coldkey in rao. */
  balanceOf(address: string): Promise<bigint>;
  close(): Promise<void>;
}

/** Where a transaction went. */
export interface Inclusion {
  readonly block: number;
  readonly blockHash: string;
  readonly extrinsicIndex: number;
  readonly extrinsicHash: string;
}

export interface SealedCommitment {
  readonly ciphertext: Uint8Array;
  readonly revealRound: number;
}

/**
 * Writes to a chain. Each call signs, submits and waits until a block holds the transaction and its events show that
 * it did what it is for. Throws `chain_call_refused` when the chain says no (nothing changed),
 * `chain_outcome_unknown` when the deadline passes after sending: read the chain before sending again;
 * `chain_transaction_pending` when an earlier transaction of the signer is still on its way; `chain_no_effect` when a
 * block reports success without the event that belongs to it.
 */
export interface ChainWriter {
  /** Signed by the hotkey. Throws, besides, `hotkey_not_registered`, `commitment_space_exhausted`. */
  setCommitment(signer: KeyringPair, netuid: number, sealed: SealedCommitment): Promise<Inclusion>;
  /**
   * Signed by the hotkey. The nonce is the state's own: of this and an earlier try that is still on its way, the
   * chain takes one at most.
   */
  setWeights(
    signer: KeyringPair,
    netuid: number,
    weights: readonly WeightEntry[],
    versionKey: string,
  ): Promise<Inclusion>;
  /** As {@link ChainWriter.setWeights}; `version` is the chain's `CommitRevealWeightsVersion`. */
  commitTimelockedWeights(
    signer: KeyringPair,
    netuid: number,
    commit: Uint8Array,
    revealRound: number,
    version: number,
  ): Promise<Inclusion>;
  /** Signed by the coldkey. */
  burnedRegister(signer: KeyringPair, netuid: number, hotkey: string): Promise<Inclusion>;
  /** Signed by the coldkey. */
  transfer(signer: KeyringPair, to: string, rao: bigint): Promise<Inclusion>;
  /** Signed by the coldkey: buys alpha for so much TAO and stakes it with a hotkey. A second try replaces no first one. */
  addStake(signer: KeyringPair, netuid: number, hotkey: string, rao: bigint): Promise<Inclusion>;
  /** Signed by the coldkey: gives alpha that is staked with a hotkey to another coldkey. As {@link ChainWriter.addStake}. */
  transferStake(
    signer: KeyringPair,
    netuid: number,
    order: { readonly to: string; readonly hotkey: string; readonly alpha: bigint },
  ): Promise<Inclusion>;
}

export type Chain = ChainReader & TransactionReader & ChainWriter;
