import { thresholdAfter, thresholdAt } from './threshold.js';
import type { Challenger, LeaderStanding, ThresholdRules, Transition } from './types.js';

/**
 * What one score does to the leadership: it takes it only with `score > leader * (1 + threshold)`.
 *
 * @param block head of the chain when the score was recorded
 * @param rules of the challenger's frozen settings; they hold if it becomes the leader
 */
export const decide = (
  leader: LeaderStanding | null,
  challenger: Challenger,
  block: number,
  rules: ThresholdRules,
): Transition => {
  if (leader === null) {
    const crowned = crown(challenger, block, null, rules);
    return {
      kind: 'first_leader',
      leader: crowned,
      previous: null,
      thresholdBefore: 0,
      thresholdAfter: crowned.threshold.value,
      improvement: null,
      block,
    };
  }
  const thresholdBefore = thresholdAt(leader.threshold, block);
  const improvement = relativeImprovement(challenger.mfu, leader.mfu);
  const wins = challenger.mfu > mfuToBeat(leader, block);
  const standing = wins ? crown(challenger, block, improvement, rules) : leader;
  return {
    kind: wins ? 'new_leader' : 'leader_stays',
    leader: standing,
    previous: { submissionId: leader.submissionId, mfu: leader.mfu },
    thresholdBefore,
    thresholdAfter: wins ? standing.threshold.value : thresholdBefore,
    improvement,
    block,
  };
};

/** MFU (percent) that a challenger must exceed at `block`; 0 without a leader. */
export const mfuToBeat = (leader: LeaderStanding | null, block: number): number =>
  leader === null ? 0 : leader.mfu * (1 + thresholdAt(leader.threshold, block));

/** A score in the order in which scores were recorded. */
export interface RecordedScore extends Challenger {
  readonly block: number;
  readonly rules: ThresholdRules;
}

/** The leader changes that recorded scores amount to: every score is decided upon in its turn. */
export const replayLeaderHistory = (scores: readonly RecordedScore[]): Transition[] => {
  const changes: Transition[] = [];
  for (const { block, rules, ...challenger } of scores) {
    const transition = decide(changes.at(-1)?.leader ?? null, challenger, block, rules);
    if (transition.kind !== 'leader_stays') changes.push(transition);
  }
  return changes;
};

const crown = (
  { submissionId, mfu }: Challenger,
  block: number,
  improvement: number | null,
  rules: ThresholdRules,
): LeaderStanding => ({ submissionId, mfu, block, threshold: thresholdAfter(improvement, block, rules) });

/** Null against a leader of no MFU, or so little that the quotient is no number that JSON could carry. */
const relativeImprovement = (score: number, leader: number): number | null => {
  const improvement = (score - leader) / leader;
  return Number.isFinite(improvement) ? improvement : null;
};
