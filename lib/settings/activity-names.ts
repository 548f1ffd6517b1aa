/** Every activity that `temporal.yaml` must give time-outs and retries for. */
export const ACTIVITY_NAMES = [
  'readCommitments',
  'startSubmissions',
  'checkReveal',
  'admit',
  'fetchCode',
  'scanCode',
  'claimCode',
  'holdGpu',
  'runAttempt',
  'releaseGpu',
  'recordStage',
  'recordAttempt',
  'recordOutcome',
  'planWeights',
  'submitWeights',
  'confirmWeights',
  'recordWeights',
] as const;

export type ActivityName = (typeof ACTIVITY_NAMES)[number];
