import type { WeightRules } from '../../../lib/chain/types.js';

/** Rules of a subnet where everything is allowed to uid 2. */
export const RULES: WeightRules = {
  subnetExists: true,
  uid: 2,
  ownsSubnet: false,
  stake: null,
  stakeThreshold: '0',
  consensus: 'Yuma',
  latestRound: 0,
  commitsInEpoch: 0,
  commitRevealEnabled: false,
  commitRevealVersion: 4,
  rateLimitBlocks: 100,
  lastUpdateBlock: 0,
  minAllowedWeights: 1,
  maxWeightsLimit: 65_535,
  neuronCount: 10,
  versionKey: '0',
  permit: true,
  clock: { block: 5_000, tempo: 360, revealPeriodEpochs: 1, stateful: null },
};
