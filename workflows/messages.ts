import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ReplayName } from '../activities/replay.js';
import type { FreshCommitment } from '../lib/admission/index.js';
import type { ErrorReport } from '../lib/errors/index.js';
import type { ReplayStage, Stage, Subnet } from '../lib/progress/index.js';
import type { AttemptComparison } from '../lib/scoring/index.js';
import type { CompetitionSettings, TemporalSettings } from '../lib/settings/index.js';

/** What decides how work is done, frozen into whatever is started with it. */
export interface FrozenSettings {
  readonly competition: CompetitionSettings;
  readonly tuning: TemporalSettings;
}

export interface SubmissionInput {
  readonly commitment: FreshCommitment;
  readonly settings: FrozenSettings;
  /** Set when an operator has a submission that has ended evaluated once more. */
  readonly again?: Again;
}

export interface Again extends Reasoned {
  /** Number of the evaluation, from 2. */
  readonly evaluation: number;
}

export interface IntakeInput {
  readonly subnet: Subnet;
  readonly settings: FrozenSettings;
  readonly paused: boolean;
  /** Last block whose commitments were all seen; 0 before the first. */
  readonly cursor: number;
}

export interface WeightsInput {
  readonly subnet: Subnet;
  readonly settings: FrozenSettings;
}

/** How one attempt stands, for people who ask while it runs. */
export interface AttemptStatus {
  readonly number: number;
  readonly outcome: string;
  readonly mfu: number | null;
  readonly seconds: number | null;
}

/** Answer to the query `status` of a submission. */
export interface SubmissionStatus {
  readonly submissionId: string;
  readonly stage: Stage;
  /** Every stage reached, with its time (UTC). */
  readonly stages: readonly { readonly stage: Stage; readonly at: string }[];
  /** What it waits for and until when, in words; null when nothing is awaited. */
  readonly waitsFor: string | null;
  readonly evaluation: number;
  readonly attempts: readonly AttemptStatus[];
  readonly gpu: string | null;
  readonly mfu: number | null;
  readonly error: ErrorReport | null;
  readonly resembles?: Resemblance;
}

/** Somebody else's submission whose code is nearly the same. */
export interface Resemblance {
  readonly submissionId: string;
  readonly hotkey: string;
  /** From 0 (nothing in common) to 1. */
  readonly similarity: number;
}

/** How a submission ended. */
export interface Outcome {
  readonly submissionId: string;
  readonly stage: Stage;
  /** Whether it leads the competition now. */
  readonly leads: boolean;
  readonly mfu: number | null;
  readonly error: ErrorReport | null;
}

export interface ReplayInput {
  readonly subnet: Subnet;
  readonly replay: ReplayName;
  readonly tuning: TemporalSettings;
}

/** Answer to the query `status` of a replay. */
export interface ReplayStatus {
  readonly stage: ReplayStage;
  readonly waitsFor: string | null;
  readonly gpuClass: string | null;
  readonly gpu: string | null;
  /** How often it had to wait for another GPU: the one before was lost, or its worker was told to stop. */
  readonly requeued: number;
}

/** How a replay ended: compared with the record, or with the reason why there is nothing to compare. */
export interface ReplayOutcome {
  readonly submissionId: string;
  readonly evaluation: number;
  readonly number: number;
  readonly n: number;
  readonly comparison: AttemptComparison | null;
  readonly error: ErrorReport | null;
}

/** A GPU that has been taken for a submission, as its worker introduces it. */
export interface HeldGpu {
  readonly holdId: string;
  /** Task queue on which this worker alone takes attempts. */
  readonly queue: string;
  readonly worker: string;
  readonly facts: GpuFacts;
}

export interface GpuFacts {
  readonly name: string;
  readonly uuid: string;
  readonly driver: string | null;
  readonly torch: string;
  readonly imageDigest: string | null;
  /** FLOP/s that 100 % MFU stands for, and where the figure comes from. */
  readonly peakFlops: number;
  readonly peakSource: 'measured' | 'configured';
}

/** An operator's action always carries a reason, which is recorded with who took it. */
export interface Reasoned {
  readonly reason: string;
  readonly actor?: string;
}

export const statusQuery = defineQuery<SubmissionStatus>('status');
export const gpuTakenSignal = defineSignal<[HeldGpu]>('gpuTaken');
export const cancelUpdate = defineUpdate<string, [Reasoned]>('cancel');
export const reevaluateUpdate = defineUpdate<string, [Reasoned]>('reevaluate');
export const prioritiseUpdate = defineUpdate<string, [Reasoned & { readonly priority: number }]>(
  'prioritise',
);

export const replayStatusQuery = defineQuery<ReplayStatus>('status');

export interface IntakeStatus {
  readonly paused: boolean;
  readonly pauseReason: string | null;
  readonly cursor: number;
  readonly started: number;
}

export const intakeStatusQuery = defineQuery<IntakeStatus>('status');
export const pauseIntakeUpdate = defineUpdate<string, [Reasoned]>('pause');
export const resumeIntakeUpdate = defineUpdate<string, [Reasoned]>('resume');
/** Sent by each control worker that starts: what begins from now on uses its settings. */
export const settingsChangedSignal = defineSignal<[FrozenSettings]>('settingsChanged');

export interface WeightsStatus {
  readonly lastDecision: string | null;
  readonly lastOutcome: string | null;
  readonly nextAt: string | null;
}

export const weightsStatusQuery = defineQuery<WeightsStatus>('status');
export const newLeaderSignal =
  defineSignal<[{ readonly submissionId: string; readonly mfu: number }]>('newLeader');
