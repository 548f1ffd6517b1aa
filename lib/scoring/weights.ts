/** Part of the weights that one uid receives; all shares of a target add up to 1. */
export interface WeightShare {
  readonly uid: number;
  readonly share: number;
}

export interface WeightCircumstances {
  /** Uid of the leader's hotkey on chain now; null without a leader, or when its hotkey is not registered. */
  readonly leaderUid: number | null;
  readonly burnRate: number;
  readonly burnUid: number;
  /** An operator has sent all emissions to burn. */
  readonly burn: boolean;
}

/** The weights to set: the leader `1 - burnRate`, the burn uid the rest; everything to burn without a leader. */
export const targetWeights = ({ leaderUid, burnRate, burnUid, burn }: WeightCircumstances): WeightShare[] => {
  if (burn || leaderUid === null || leaderUid === burnUid) return [{ uid: burnUid, share: 1 }];
  return [
    { uid: leaderUid, share: 1 - burnRate },
    { uid: burnUid, share: burnRate },
  ].filter(({ share }) => share > 0);
};
