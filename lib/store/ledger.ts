import type { Subnet } from '../progress/index.js';
import type {
  Admission,
  CodeClaim,
  CodeOwner,
  CodeSketch,
  Comparison,
  Competition,
  Leaderboard,
  LeaderChange,
  LedgerVerification,
  NearestCode,
  NewCode,
  NewOutcome,
  NewSubmission,
  OperatorAction,
  PaymentClaim,
  PaymentUse,
  RecalledAttempt,
  RecalledSubmission,
  RecordedAttempt,
  RecordedOutcome,
  RecordedReplay,
  Reveal,
  SeenCommitment,
  StageEntry,
  Standing,
  StoredCode,
  SubmissionDetail,
  SubmissionSummary,
  WeightSubmission,
} from './types.js';

/**
 * The ledger: facts that are true for ever.
 *
 * Every write is idempotent: made again, it changes nothing and answers the same. Every method throws
 * `ledger_unreachable`, `ledger_full` or `ledger_conflict`, all of them worth another try, and nothing else that
 * is foreseeable.
 */
export interface Ledger extends LedgerReader {
  /** @throws CrusadesError `ledger_schema_mismatch` unless the ledger has been migrated to exactly this version */
  requireSchema(): Promise<void>;

  /** Which of these commitments have been dealt with; made for thousands at once. */
  knownCommitments(
    subnet: Subnet,
    keys: readonly { readonly hotkey: string; readonly commitBlock: number }[],
  ): Promise<SeenCommitment[]>;
  /** Which of these reveals are of a submission that the ledger has, for those whose commit block is forgotten. */
  knownReveals(subnet: Subnet, reveals: readonly Reveal[]): Promise<Reveal[]>;
  rememberCommitments(commitments: readonly SeenCommitment[]): Promise<void>;

  /** Makes the submission known, in stage `awaiting_reveal`. To be called before anything else about it. */
  openSubmission(submission: NewSubmission): Promise<void>;
  /** Block of the last commitment of this hotkey that was admitted, of those before `beforeBlock`. */
  lastAdmittedCommitBlock(subnet: Subnet, hotkey: string, beforeBlock: number): Promise<number | null>;
  admit(admission: Admission): Promise<void>;
  /**
   * Uses a payment for a submission; of several the first has it.
   *
   * @returns the submission that has it
   */
  claimPayment(claim: PaymentClaim): Promise<string>;
  /** A stage is entered. Ignored once the submission has ended. */
  enterStage(entry: StageEntry): Promise<void>;

  /** Keeps the code by its hash and ties it to the submission. */
  storeCode(code: NewCode): Promise<StoredCode>;
  /**
   * Claims the code for the submission's hotkey. The first to commit it owns it: an earlier commitment takes
   * over a later one's claim unless that one has been scored.
   */
  claimCode(claim: CodeClaim): Promise<CodeOwner>;
  /** Keeps the sketch of a submission's code; of two the first stands. */
  keepSketch(sketch: CodeSketch): Promise<void>;
  /**
   * Sketches of other hotkeys' submissions in the same competition that are scored or under way: the newest 1,000,
   * newest first.
   */
  comparableSketches(submissionId: string): Promise<CodeSketch[]>;
  /** Keeps what a sketch was compared with; of two records the first stands. @returns what stands */
  recordNearest(comparison: Comparison): Promise<NearestCode | null>;

  /** Keeps one attempt. Of two records with the same number the first stands. */
  recordAttempt(attempt: RecordedAttempt): Promise<void>;
  /** Keeps a replay beside the attempt that it repeats; of two with the same `n` the first stands. */
  recordReplay(replay: RecordedReplay): Promise<void>;
  /** Begins evaluation `evaluation` of a submission that has ended or is still evaluating. */
  beginEvaluation(submissionId: string, evaluation: number): Promise<void>;
  /**
   * Ends a submission: outcome, score and election of the leader, in one transaction.
   * A score whose code an earlier commitment has claimed meanwhile becomes the rejection `code_duplicate`.
   */
  recordOutcome(outcome: NewOutcome): Promise<RecordedOutcome>;

  /** Keeps one try of setting weights, or adds what has become known of it. */
  recordWeights(submission: WeightSubmission): Promise<void>;
  recordOperatorAction(action: OperatorAction): Promise<void>;

  close(): Promise<void>;
}

/** What commands, API and dashboards read. A role that may only read suffices. */
export interface LedgerReader {
  codeOf(submissionId: string): Promise<StoredCode | null>;
  /** What resembled its code most when it was scanned; null when there was nothing to compare it with. */
  nearestCode(submissionId: string): Promise<NearestCode | null>;
  /** Null when it is unknown, or ended before its code was let in. */
  recall(submissionId: string): Promise<RecalledSubmission | null>;
  /** Attempts in order; of one evaluation, or of all. */
  attemptsOf(submissionId: string, evaluation?: number): Promise<RecordedAttempt[]>;
  /** One attempt with its code and frozen settings; null when there is no such attempt. */
  recallAttempt(submissionId: string, evaluation: number, number: number): Promise<RecalledAttempt | null>;
  /** In order of the attempts that they repeat. */
  replaysOf(submissionId: string): Promise<RecordedReplay[]>;
  /** Leader, and threshold as it has decayed by `block`. */
  standing(competition: Competition, block: number): Promise<Standing>;
  /** By submission, workflow id, or hotkey (its newest submission). */
  submissionStatus(name: string): Promise<SubmissionDetail | null>;
  /** Newest first. `hotkey` narrows it to one miner. */
  recentSubmissions(filter?: {
    readonly network?: string;
    readonly netuid?: number;
    readonly hotkey?: string;
    readonly limit?: number;
  }): Promise<SubmissionSummary[]>;
  leaderboard(competition: Competition, block: number, limit?: number): Promise<Leaderboard>;
  /** Newest version of a subnet's competition that the ledger knows; null before the first submission. */
  latestCompetition(subnet: Subnet): Promise<Competition | null>;
  leaderHistory(competition: Competition): Promise<LeaderChange[]>;
  /** Newest first. */
  weightHistory(subnet: Subnet, limit?: number): Promise<WeightSubmission[]>;
  /** What a payment was used for; null when for nothing. */
  paymentUse(network: string, block: number, extrinsicIndex: number): Promise<PaymentUse | null>;
  /** Newest first. */
  operatorActions(limit?: number): Promise<OperatorAction[]>;
  /** Computes scores and leader history anew from the attempts and compares. */
  verifyLedger(): Promise<LedgerVerification>;
}
