import type { ErrorReport } from '../errors/index.js';
import type { CommitmentKey, FinalStage, OpenStage, Stage, Subnet } from '../progress/index.js';
import type { LeaderStanding, Transition } from '../scoring/index.js';
import type { CompetitionSettings } from '../settings/index.js';

/** Facts as the ledger takes and gives them: plain JSON, times in UTC as ISO 8601, MFU in percent. */

/** One leaderboard: a subnet in one version of its competition. */
export interface Competition extends Subnet {
  readonly competitionVersion: number;
}

export type CommitmentKind = 'sealed' | 'revealed' | 'failed' | 'plain';

/** A commitment that intake has dealt with. */
export interface SeenCommitment extends CommitmentKey {
  /** sha256, hex, of what was committed; null when the chain shows nothing to hash. */
  readonly digest: string | null;
  readonly kind: CommitmentKind;
  /** The submission's workflow; null for a commitment that isn't ours to evaluate. */
  readonly workflowId: string | null;
}

/** An opened commitment, by what the chain always tells of it. */
export interface Reveal {
  readonly hotkey: string;
  readonly revealBlock: number;
}

/** A submission at its very start, before its reveal. */
export interface NewSubmission {
  readonly submissionId: string;
  readonly workflowId: string;
  readonly key: CommitmentKey;
  /** Round of the beacon that opens the commitment; null when it is open already. */
  readonly revealRound: number | null;
  readonly settings: CompetitionSettings;
}

/** What admission adds to a submission. */
export interface Admission {
  readonly submissionId: string;
  readonly uid: number;
  readonly revealBlock: number | null;
  readonly url: string;
  /** First 32 hex digits of the file's sha256, as committed. */
  readonly committedHash: string;
}

export interface StageEntry {
  readonly submissionId: string;
  readonly stage: OpenStage;
  /** When it was entered; together with the stage it makes the entry unique, so keep it when trying again. */
  readonly at: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface NewCode {
  readonly submissionId: string;
  readonly url: string;
  readonly text: string;
  readonly sha256: string;
}

export interface StoredCode {
  readonly text: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly url: string;
}

/** What a submission needs to be evaluated once more: as it was let in, under the settings frozen into it. */
export interface RecalledSubmission {
  readonly key: CommitmentKey;
  readonly workflowId: string;
  readonly uid: number;
  readonly url: string;
  readonly committedHash: string;
  readonly code: StoredCode;
  readonly settings: CompetitionSettings;
  /** Evaluations begun so far. */
  readonly evaluation: number;
}

export interface CodeClaim {
  readonly submissionId: string;
  /** sha256, hex, of the normalised source. */
  readonly normalisedHash: string;
}

/** To whom a piece of code belongs: to the hotkey that committed it first. */
export type CodeOwner =
  | { readonly owner: 'self' }
  | {
      readonly owner: 'other';
      readonly submissionId: string;
      readonly hotkey: string;
      readonly commitBlock: number;
    };

/** A submission's code as far as it takes to compare it (lib/scan/sketch.ts). */
export interface CodeSketch {
  readonly submissionId: string;
  readonly sketch: string;
}

/** What a submission's code was compared with. */
export interface Comparison {
  readonly submissionId: string;
  /** How many other submissions there were. */
  readonly compared: number;
  /** Null when there was none. */
  readonly nearest: { readonly submissionId: string; readonly similarity: number } | null;
}

/** Of the other hotkeys' submissions the one whose code has most in common with a submission's. */
export interface NearestCode {
  readonly submissionId: string;
  readonly hotkey: string;
  readonly commitBlock: number;
  /** From 0 (nothing in common) to 1. */
  readonly similarity: number;
}

export interface MeasuredStatistic {
  readonly name: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly passed: boolean;
}

export interface AttemptFacts {
  /** `scored`, or the code of the error. */
  readonly outcome: string;
  readonly mfu: number | null;
  /** Length of the timed window. */
  readonly seconds: number | null;
  readonly tokens: number | null;
  readonly finalLoss: number | null;
  readonly seed: string | null;
  /** sha256, hex, of the seed, from before the timed window. */
  readonly seedCommitment: string | null;
  readonly statistics: readonly MeasuredStatistic[];
  readonly limits: Readonly<Record<string, unknown>>;
  /** Seconds of each phase. */
  readonly phases: Readonly<Record<string, number>>;
  readonly environment: Readonly<Record<string, unknown>>;
  /** `two_users`, or `one_user` with what that means in `environment`. */
  readonly isolation: string | null;
  readonly error: ErrorReport | null;
  readonly gpuQueue: string | null;
  readonly worker: string | null;
  readonly imageDigest: string | null;
  readonly outputTail: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

export interface RecordedAttempt extends AttemptFacts {
  readonly submissionId: string;
  /** 1, or more after an operator asked for another evaluation. */
  readonly evaluation: number;
  /** From 1; unique within an evaluation. */
  readonly number: number;
}

/** An attempt that was run again from the record; it counts for nothing. */
export interface RecordedReplay extends RecordedAttempt {
  /** From 1, over all replays of attempts with this number. */
  readonly n: number;
  readonly requestedBy: string;
  readonly reason: string | null;
  readonly requestedAt: string;
}

/** A recorded attempt with all that it was made of. */
export interface RecalledAttempt {
  readonly key: CommitmentKey;
  readonly uid: number | null;
  readonly code: StoredCode;
  readonly settings: CompetitionSettings;
  readonly attempt: RecordedAttempt;
}

/** How a submission ended: with a score or with an error. */
export interface NewOutcome {
  readonly submissionId: string;
  readonly evaluation: number;
  readonly stage: FinalStage;
  /** Median MFU; null unless `stage` is `scored`. */
  readonly mfu: number | null;
  readonly error: ErrorReport | null;
  /** Head of the chain when it was recorded: the clock of the threshold's decay. */
  readonly block: number;
  readonly at: string;
}

/** Where a submission stands once its outcome is recorded. */
export interface RecordedOutcome {
  /** May differ from what was asked: a copy whose original appeared meanwhile is rejected. */
  readonly stage: FinalStage;
  readonly error: ErrorReport | null;
  /** Whether this submission is the leader now. */
  readonly leads: boolean;
  readonly standing: Standing;
}

export interface Standing {
  readonly leader: Leader | null;
  /** Fraction by which the leader must be exceeded at `block`. */
  readonly threshold: number;
  /** MFU that a challenger must exceed at `block`; 0 without a leader. */
  readonly mfuToBeat: number;
  readonly block: number;
}

export interface Leader extends LeaderStanding {
  readonly hotkey: string;
  /** Uid at admission; the chain may have given the hotkey another one since. */
  readonly uid: number | null;
}

export interface LeaderChange {
  readonly sequence: number;
  readonly submissionId: string;
  readonly hotkey: string;
  readonly mfu: number;
  readonly block: number;
  readonly thresholdBefore: number;
  readonly thresholdAfter: number;
  readonly transition: Transition;
  readonly at: string;
}

export type WeightRoute = 'set_weights' | 'commit_timelocked';

/** One try of setting weights. Later facts about the same try (its block, its confirmation) are added to it. */
export interface WeightSubmission extends Subnet {
  /** ss58 of the validator's hotkey. */
  readonly hotkey: string;
  /** Head of the chain when it was decided; with `attempt` it names the try. */
  readonly decidedBlock: number;
  /** From 1, within one decision. */
  readonly attempt: number;
  readonly target: readonly { readonly uid: number; readonly share: number }[];
  readonly reason: string;
  readonly route: WeightRoute | null;
  readonly outcome: 'submitted' | 'confirmed' | 'unknown' | 'refused' | 'failed' | 'skipped';
  readonly txHash: string | null;
  readonly block: number | null;
  readonly confirmedBlock: number | null;
  readonly error: ErrorReport | null;
  readonly at: string;
}

export interface OperatorAction {
  /** Makes the record unique when it is written again, an update's id for example. */
  readonly id: string;
  readonly action: string;
  readonly reason: string;
  /** What was acted on: a submission, a workflow id, a queue. */
  readonly target: string;
  readonly actor: string;
  readonly at: string;
}

/** A submission as its people see it. */
export interface SubmissionSummary {
  readonly submissionId: string;
  readonly workflowId: string;
  readonly network: string;
  readonly netuid: number;
  readonly competitionVersion: number;
  readonly hotkey: string;
  readonly uid: number | null;
  readonly commitBlock: number;
  readonly revealRound: number | null;
  readonly revealBlock: number | null;
  readonly url: string | null;
  readonly codeSha256: string | null;
  readonly stage: Stage;
  /** `scored`, or the code of the error; null while it is on its way. */
  readonly outcome: string | null;
  readonly mfu: number | null;
  readonly evaluation: number;
  readonly error: ErrorReport | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
}

export interface SubmissionDetail extends SubmissionSummary {
  readonly settingsHash: string;
  readonly stages: readonly {
    readonly stage: Stage;
    readonly at: string;
    readonly detail: Readonly<Record<string, unknown>> | null;
  }[];
  /** Of all evaluations, in order. */
  readonly attempts: readonly RecordedAttempt[];
}

export interface Leaderboard {
  readonly competition: Competition;
  readonly standing: Standing;
  /** Best score of each hotkey, best first. */
  readonly entries: readonly LeaderboardEntry[];
}

export interface LeaderboardEntry {
  readonly rank: number;
  readonly hotkey: string;
  readonly uid: number | null;
  readonly submissionId: string;
  readonly mfu: number;
  readonly block: number;
  readonly at: string;
  readonly leads: boolean;
}

/** One place where the recorded leader history is not what the attempts say. */
export interface LedgerDifference {
  readonly competition: Competition;
  readonly what: 'score' | 'leader_change';
  readonly submissionId: string;
  readonly problem: string;
  readonly recorded: unknown;
  readonly computed: unknown;
}

export interface LedgerVerification {
  readonly equal: boolean;
  readonly competitions: number;
  readonly submissions: number;
  readonly attempts: number;
  readonly leaderChanges: number;
  readonly differences: readonly LedgerDifference[];
}

/** A verified payment, claimed for a submission. */
export interface PaymentClaim {
  readonly submissionId: string;
  readonly network: string;
  readonly block: number;
  readonly extrinsicIndex: number;
  /** Coldkey that paid. */
  readonly payer: string;
  /** Alpha that the payee got, in rao. */
  readonly alpha: bigint;
}

/** What a payment was used for. */
export interface PaymentUse {
  readonly submissionId: string;
  readonly hotkey: string;
  readonly commitBlock: number;
  readonly payer: string;
  /** Alpha in rao, in decimal digits. */
  readonly alpha: string;
  readonly verifiedAt: string;
  /** What was asked for when that submission began. */
  readonly settings: Pick<CompetitionSettings['hparams'], 'burn_uid' | 'payment'>;
}
