import type { WeightEntry } from '../../lib/chain/types.js';
import type { Leaderboard, SubmissionDetail } from '../../lib/store/index.js';
import type { Committed } from './miners.js';

export interface DemoSeconds {
  readonly provision: number;
  readonly start: number;
  readonly settle: number;
}

export interface DemoOutcome {
  readonly committed: readonly Committed[];
  readonly settled: readonly SubmissionDetail[];
  readonly leaderboard: Leaderboard;
  readonly weights: readonly WeightEntry[];
  readonly temporal: { readonly address: string; readonly ui: string | null };
  readonly seconds: DemoSeconds;
}

/** The document of `--report`. */
export const reportOf = ({ committed, settled, leaderboard, weights, temporal, seconds }: DemoOutcome) => ({
  submissions: committed.map(({ file, hotkey, submissionId, workflowId }) => {
    const detail = settled.find((one) => one.submissionId === submissionId);
    return {
      file,
      hotkey,
      uid: detail?.uid ?? null,
      submission_id: submissionId,
      workflow_id: workflowId,
      stage: detail?.stage ?? null,
      outcome: detail?.outcome ?? null,
      mfu: detail?.mfu ?? null,
      attempts: (detail?.attempts ?? []).map(({ number, mfu, outcome, seconds: timed }) => ({
        number,
        mfu,
        outcome,
        seconds: timed,
      })),
    };
  }),
  leader: leaderOf(leaderboard),
  weights: weights.map(({ uid, value }) => ({ uid, weight: value })),
  temporal,
  seconds,
});

const leaderOf = ({ standing: { leader, threshold, mfuToBeat } }: Leaderboard) =>
  leader && {
    hotkey: leader.hotkey,
    uid: leader.uid,
    submission_id: leader.submissionId,
    mfu: leader.mfu,
    threshold,
    mfu_to_beat: mfuToBeat,
  };
