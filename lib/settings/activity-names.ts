/** Every activity; `temporal.yaml` must give time-outs and retries for each of them. */
export const ACTIVITY_NAMES = [
  'watchCommitments',
  'rememberCommitments',
  'checkReveal',
  'admit',
  'fetchCode',
  'scanCode',
  'claimCode',
  'holdGpu',
  'runAttempt',
  'releaseGpu',
  'enterStage',
  'recordAttempt',
  'recordOutcome',
  'recordOperatorAction',
  'planWeights',
  'submitWeights',
  'confirmWeights',
  'recordWeights',
] as const;

export type ActivityName = (typeof ACTIVITY_NAMES)[number];
