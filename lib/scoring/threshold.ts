import type { Threshold, ThresholdRules } from './types.js';

/**
 * What a challenger must exceed the leader by at `block`, as a fraction of the leader's MFU.
 *
 * It loses `decay_percent` of its excess over `base_threshold` once per `decay_interval_blocks`
 * (hparams.adaptive_threshold). Blocks before `since` count as zero: a reorganised chain may hand us an older head.
 */
export const thresholdAt = ({ value, since, rules }: Threshold, block: number): number => {
  const intervals = Math.floor(Math.max(0, block - since) / rules.decay_interval_blocks);
  const excess = Math.max(0, value - rules.base_threshold);
  return rules.base_threshold + excess * (1 - rules.decay_percent) ** intervals;
};

/** The threshold that a new leader begins with: what it improved by, and at least the base. */
export const thresholdAfter = (
  improvement: number | null,
  block: number,
  rules: ThresholdRules,
): Threshold => ({
  value: Math.max(rules.base_threshold, improvement ?? 0),
  since: block,
  rules,
});
