import type { ErrorReport } from '../errors/index.js';

/** Settings that a score is made by; a submission's frozen settings hold them under these names. */
export interface ScoringRules {
  readonly evaluation_runs: number;
  readonly min_success_rate: number;
  /** Attempts lost to infrastructure that are made again, in all. */
  readonly max_infrastructure_retries: number;
}

/** As much of an attempt as its score needs. */
export interface AttemptVerdict {
  /** Percent; counts only when `error` is null. */
  readonly mfu: number | null;
  readonly error: ErrorReport | null;
}

export type Score =
  | {
      readonly kind: 'scored';
      /** Median MFU in percent. */
      readonly mfu: number;
      readonly succeeded: number;
      readonly runs: number;
    }
  | { readonly kind: 'failed'; readonly error: ErrorReport };

/** Whether another attempt is needed: `enough` have been made, or more are `pointless`. */
export type Outlook = 'continue' | 'enough' | 'pointless';

/** hparams.adaptive_threshold. */
export interface ThresholdRules {
  readonly base_threshold: number;
  readonly decay_percent: number;
  readonly decay_interval_blocks: number;
}

/** What a challenger must exceed the leader by: `value` at block `since`, decaying from there by `rules`. */
export interface Threshold {
  readonly value: number;
  readonly since: number;
  readonly rules: ThresholdRules;
}

export interface LeaderStanding {
  readonly submissionId: string;
  readonly mfu: number;
  /** Block at which it became the leader. */
  readonly block: number;
  readonly threshold: Threshold;
}

export interface Challenger {
  readonly submissionId: string;
  readonly mfu: number;
}

/** What one score does to the leadership. */
export interface Transition {
  readonly kind: 'first_leader' | 'new_leader' | 'leader_stays';
  readonly leader: LeaderStanding;
  readonly previous: Pick<LeaderStanding, 'submissionId' | 'mfu'> | null;
  /** Fraction that applied to this challenger; 0 without a leader. */
  readonly thresholdBefore: number;
  readonly thresholdAfter: number;
  /** Relative to the leader challenged; null without one. */
  readonly improvement: number | null;
  readonly block: number;
}
