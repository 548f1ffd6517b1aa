/** Every activity that `temporal.yaml` must give time-outs and retries for. */
export const ACTIVITY_NAMES = [
  'watchCommitments',
  'rememberCommitments',
  'checkReveal',
  'admit',
  'fetchCode',
  'scanCode',
  'holdGpu',
  'runAttempt',
  'releaseGpu',
  'openSubmission',
  'beginEvaluation',
  'recallSubmission',
  'enterStage',
  'recordAttempt',
  'recallAttempt',
  'recordReplay',
  'recordOutcome',
  'recordOperatorAction',
  'planWeights',
  'submitWeights',
  'confirmWeights',
  'recordWeights',
] as const;

export type ActivityName = (typeof ACTIVITY_NAMES)[number];
