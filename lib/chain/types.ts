import type { KeyringPair } from '@polkadot/keyring/types';

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
  /** Null: not registered. */
  readonly uid: number | null;
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

/**
 * Reads from a chain. Every call has a deadline and throws `chain_timeout`, `chain_unreachable`,
 * `chain_unsupported` or `chain_state_discarded`. Without another word the best head is read.
 */
export interface ChainReader {
  readonly endpoint: string;
  head(): Promise<ChainHead>;
  finalizedHead(): Promise<ChainHead>;
  blockTimeSeconds(): Promise<number>;
  beacon(): Promise<BeaconFacts>;
  specVersion(): Promise<number>;
  /** Everything that is pending or revealed on the subnet, in at most three paged reads. */
  commitments(netuid: number): Promise<CommitmentsAt>;
  commitmentsOf(netuid: number, hotkey: string): Promise<CommitmentsAt>;
  /** Block of the commitment that was opened at `revealBlock`; null when that state is discarded. */
  commitBlockOf(netuid: number, hotkey: string, revealBlock: number): Promise<number | null>;
  uidOf(netuid: number, hotkey: string): Promise<number | null>;
  neurons(netuid: number): Promise<readonly Neuron[]>;
  weightRules(netuid: number, hotkey: string): Promise<WeightRules>;
  weightsOf(netuid: number, uid: number): Promise<readonly WeightEntry[]>;
  pendingWeightCommits(netuid: number, hotkey: string): Promise<readonly PendingWeightCommit[]>;
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
 * Writes to a chain. Each call signs, submits and waits until a block holds the transaction. Throws
 * `chain_call_refused` when the chain says no (nothing changed), `chain_outcome_unknown` when the deadline
 * passes after sending: read the chain before sending again.
 */
export interface ChainWriter {
  /** Signed by the hotkey. */
  setCommitment(signer: KeyringPair, netuid: number, sealed: SealedCommitment): Promise<Inclusion>;
  /** Signed by the hotkey. */
  setWeights(
    signer: KeyringPair,
    netuid: number,
    weights: readonly WeightEntry[],
    versionKey: string,
  ): Promise<Inclusion>;
  /** Signed by the hotkey; `version` is the chain's `CommitRevealWeightsVersion`. */
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
}

export type Chain = ChainReader & ChainWriter;
