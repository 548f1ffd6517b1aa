import { submissionIdOf } from '../../lib/admission/index.js';
import type { ErrorReport } from '../../lib/errors/index.js';
import { isFinal, type GpuHeartbeat, type Stage } from '../../lib/progress/index.js';
import type { RecordedAttempt, SubmissionDetail } from '../../lib/store/index.js';
import { timeOfRound } from '../../lib/timelock/index.js';
import { keyOfWorkflowId, type LiveSubmission } from './live.js';

/** One attempt, as far as whoever follows a submission needs it. */
export interface AttemptView {
  readonly evaluation: number;
  readonly number: number;
  /** `scored`, or the code of the verdict. */
  readonly outcome: string;
  readonly mfu: number | null;
  /** Length of the timed window. */
  readonly seconds: number | null;
  readonly error: ErrorReport | null;
}

/** What a submission waits for. */
export interface Wait {
  readonly what: string;
  /** UTC; null when nobody can tell. */
  readonly until: string | null;
}

/** A submission as its followers see it, from the ledger, from Temporal, or from both. */
export interface SubmissionView {
  readonly submissionId: string;
  readonly workflowId: string;
  readonly network: string;
  readonly netuid: number;
  readonly hotkey: string;
  readonly uid: number | null;
  readonly commitBlock: number;
  readonly revealRound: number | null;
  readonly revealBlock: number | null;
  readonly url: string | null;
  readonly codeSha256: string | null;
  readonly stage: Stage | 'unknown';
  readonly settled: boolean;
  readonly stages: readonly { readonly stage: Stage; readonly at: string }[];
  readonly waitsFor: Wait | null;
  /** Name and worker of the GPU that is held. */
  readonly gpu: string | null;
  /** The attempt that runs now. */
  readonly running: GpuHeartbeat | null;
  readonly evaluation: number;
  readonly attempts: readonly AttemptView[];
  readonly mfu: number | null;
  readonly error: ErrorReport | null;
  /** Which of the two were read. */
  readonly sources: readonly ('ledger' | 'temporal')[];
}

/**
 * Puts together what ledger and Temporal say of one submission. What has ended stands in the ledger; of what is
 * on its way Temporal knows more.
 */
export const submissionView = (
  recorded: SubmissionDetail | null,
  live: LiveSubmission | null,
): SubmissionView | null => {
  if (recorded === null) return live === null ? null : viewOfLive(live);
  const view = viewOfRecord(recorded);
  if (live === null) return view;
  const sources = ['ledger', 'temporal'] as const;
  const { status } = live;
  if (view.settled || status === null) return { ...view, running: live.running, sources };
  return {
    ...view,
    ...progressOf(status, waitUntil(status.stage, recorded.revealRound)),
    attempts: withLiveAttempts(view.attempts, status),
    running: live.running,
    sources,
  };
};

const viewOfRecord = (recorded: SubmissionDetail): SubmissionView => {
  const { submissionId, workflowId, network, netuid, hotkey, uid, commitBlock } = recorded;
  const { revealRound, revealBlock, url, codeSha256, stage, evaluation, mfu, error } = recorded;
  const settled = isFinal(stage);
  const last = recorded.stages.findLast((entry) => entry.stage === stage)?.detail ?? {};
  return {
    ...{ submissionId, workflowId, network, netuid, hotkey, uid, commitBlock },
    ...{ revealRound, revealBlock, url, codeSha256, stage, evaluation, mfu, error },
    settled,
    stages: recorded.stages.map((entry) => ({ stage: entry.stage, at: entry.at })),
    waitsFor:
      settled || typeof last['waitsFor'] !== 'string'
        ? null
        : { what: last['waitsFor'], until: waitUntil(stage, revealRound) },
    gpu: settled || typeof last['gpu'] !== 'string' ? null : last['gpu'],
    running: null,
    attempts: recorded.attempts.map(attemptView),
    sources: ['ledger'],
  };
};

const viewOfLive = (live: LiveSubmission): SubmissionView | null => {
  const key = keyOfWorkflowId(live.workflowId);
  if (key === null) return null;
  const { marks, status, outcome } = live;
  const stage = (outcome?.stage ?? status?.stage ?? marks.stage ?? 'unknown') as Stage | 'unknown';
  const shared = {
    submissionId: submissionIdOf(key),
    workflowId: live.workflowId,
    ...key,
    uid: marks.uid,
    revealRound: null,
    revealBlock: null,
    url: null,
    codeSha256: marks.codeSha256,
    running: live.running,
    sources: ['temporal'] as const,
  };
  if (status !== null) {
    const until = status.stage === 'awaiting_reveal' ? marks.revealAt : null;
    return { ...shared, ...progressOf(status, until), attempts: withLiveAttempts([], status) };
  }
  return {
    ...shared,
    stage,
    settled: isFinal(stage),
    stages: [],
    waitsFor: null,
    gpu: null,
    evaluation: 1,
    attempts: [],
    mfu: outcome?.mfu ?? marks.mfu,
    error: outcome?.error ?? null,
  };
};

const progressOf = (status: NonNullable<LiveSubmission['status']>, until: string | null) => ({
  stage: status.stage,
  settled: isFinal(status.stage),
  stages: status.stages,
  waitsFor: status.waitsFor === null ? null : { what: status.waitsFor, until },
  gpu: status.gpu,
  evaluation: status.evaluation,
  mfu: status.mfu,
  error: status.error,
});

/** Every beacon that this product knows counts rounds as quicknet does (a devnet's, too). */
const waitUntil = (stage: string, revealRound: number | null): string | null =>
  stage === 'awaiting_reveal' && revealRound !== null && timeOfRound(revealRound) * 1000 <= MAX_DATE_MS
    ? new Date(timeOfRound(revealRound) * 1000).toISOString()
    : null;

/** Last moment that a `Date` can name: a miner may write any round into a commitment. */
const MAX_DATE_MS = 8.64e15;

const attemptView = (attempt: RecordedAttempt): AttemptView => {
  const { evaluation, number, outcome, mfu, seconds, error } = attempt;
  return { evaluation, number, outcome, mfu, seconds, error };
};

/** What Temporal has seen and the ledger does not hold yet. */
const withLiveAttempts = (
  recorded: readonly AttemptView[],
  { evaluation, attempts }: NonNullable<LiveSubmission['status']>,
): readonly AttemptView[] => {
  const known = new Set(recorded.map((attempt) => `${attempt.evaluation}/${attempt.number}`));
  return [
    ...recorded,
    ...attempts
      .filter(({ number }) => !known.has(`${evaluation}/${number}`))
      .map((attempt) => ({ ...attempt, evaluation, error: null })),
  ];
};
