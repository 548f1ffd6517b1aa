export { outlookOf, scoreOf } from './attempts.js';
export {
  compareAttempts,
  noiseOf,
  type AttemptComparison,
  type ComparedAttempt,
  type FactPair,
  type Pair,
  type StatisticPair,
} from './comparison.js';
export { endingOf } from './ending.js';
export { decide, mfuToBeat, replayLeaderHistory, type RecordedScore } from './leader.js';
export { median } from './median.js';
export { thresholdAt } from './threshold.js';
export type {
  AttemptVerdict,
  Challenger,
  LeaderStanding,
  Outlook,
  Score,
  ScoringRules,
  Threshold,
  ThresholdRules,
  Transition,
} from './types.js';
export { targetWeights, type WeightCircumstances, type WeightShare } from './weights.js';
