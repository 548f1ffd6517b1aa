import { epochIsDue } from '../../../timelock/index.js';
import type { Context } from '../../runtime/context.js';
import type { StateReader } from '../../runtime/state.js';
import { storageIndices } from './neurons.js';
import { distribute } from './stake.js';
import * as store from './storage.js';

/** Alpha that a subnet's epoch hands out for each block of its tempo, in rao: half to miners, half to validators. */
const EMISSION_PER_BLOCK = 1_000_000_000n;
const FULL = 65_535;

const isDue = (state: StateReader, netuid: number, block: number): boolean =>
  epochIsDue(
    {
      tempo: store.Tempo.get(state, netuid),
      lastEpochBlock: store.LastEpochBlock.get(state, netuid),
      pendingEpochAt: store.PendingEpochAt.get(state, netuid),
      blocksSinceLastStep: store.BlocksSinceLastStep.get(state, netuid),
    },
    block,
  );

/** The subnet's epoch, counting the one that this block runs. */
export const epochWithLookAhead = (state: StateReader, netuid: number, block: number): number =>
  store.SubnetEpochIndex.get(state, netuid) + (isDue(state, netuid, block) ? 1 : 0);

/** Block at which the schedule runs the next epoch; null for a subnet without epochs. */
export const nextEpochBlock = (state: StateReader, netuid: number, block: number): number | null => {
  const tempo = store.Tempo.get(state, netuid);
  if (tempo === 0 || !store.NetworksAdded.get(state, netuid)) return null;
  const scheduled = store.LastEpochBlock.get(state, netuid) + tempo;
  const pending = store.PendingEpochAt.get(state, netuid);
  return Math.max(block + 1, pending > 0 ? Math.min(pending, scheduled) : scheduled);
};

/** Start of a block: runs the epochs that are due, one a subnet. */
export const runEpochs = (context: Context): void => {
  const { state, block } = context;
  for (const { key, value: added } of store.NetworksAdded.entries(state)) {
    const [netuid] = key;
    if (!added) continue;
    if (isDue(state, netuid, block)) runEpoch(context, netuid);
    else store.BlocksSinceLastStep.put(state, netuid, store.BlocksSinceLastStep.get(state, netuid) + 1);
  }
};

const runEpoch = ({ state, block }: Context, netuid: number): void => {
  store.LastEpochBlock.put(state, netuid, block);
  store.LastMechansimStepBlock.put(state, netuid, block);
  store.PendingEpochAt.put(state, netuid, 0);
  store.BlocksSinceLastStep.put(state, netuid, 0);
  store.SubnetEpochIndex.put(state, netuid, store.SubnetEpochIndex.get(state, netuid) + 1);
  if (netuid === 0) return;
  const outcome = judge(state, netuid, block);
  const tempo = BigInt(store.Tempo.get(state, netuid));
  store.ValidatorPermit.put(state, netuid, outcome.permits);
  store.Active.put(state, netuid, outcome.active);
  store.Consensus.put(state, netuid, outcome.incentive.map(scaled));
  for (const index of storageIndices(state, netuid)) {
    store.Incentive.put(state, index, outcome.incentive.map(scaled));
  }
  store.Dividends.put(state, netuid, outcome.dividends.map(scaled));
  store.ValidatorTrust.put(
    state,
    netuid,
    outcome.dividends.map((share) => (share > 0 ? FULL : 0)),
  );
  const emission = outcome.incentive.map((share, uid) =>
    shareOf((tempo * EMISSION_PER_BLOCK) / 2n, share + (outcome.dividends[uid] ?? 0)),
  );
  store.Emission.put(state, netuid, emission);
  emission.forEach((alpha, uid) => {
    if (alpha === 0n) return;
    distribute(state, store.Keys.get(state, netuid, uid), netuid, alpha);
    store.SubnetAlphaOut.put(state, netuid, store.SubnetAlphaOut.get(state, netuid) + alpha);
  });
};

interface Outcome {
  readonly permits: boolean[];
  readonly active: boolean[];
  /** Shares that sum to 1, or zeros. */
  readonly incentive: number[];
  readonly dividends: number[];
}

/**
 * Who may validate and what each neuron earned: incentive is the stake-weighted mean of the permitted validators'
 * weights, dividends follow their stake. The real consensus also clips and bonds; weights move incentive here all the
 * same.
 */
const judge = (state: StateReader, netuid: number, block: number): Outcome => {
  const uids = Array.from({ length: store.SubnetworkN.get(state, netuid) }, (_, uid) => uid);
  const stakes = uids.map((uid) =>
    Number(store.TotalHotkeyAlpha.get(state, store.Keys.get(state, netuid, uid), netuid)),
  );
  const permits = permitted(state, netuid, stakes);
  const lastUpdate = store.LastUpdate.get(state, netuid);
  const cutoff = store.ActivityCutoff.get(state, netuid);
  const active = uids.map((uid) => block - (lastUpdate[uid] ?? 0) <= cutoff);
  const earned = uids.map(() => 0);
  const voted = uids.map(() => 0);
  for (const uid of uids.filter((uid) => permits[uid] && active[uid])) {
    const weights = store.Weights.get(state, netuid, uid);
    const sum = weights.reduce((total, [, value]) => total + value, 0);
    if (sum === 0) continue;
    voted[uid] = stakes[uid] ?? 0;
    for (const [dest, value] of weights) {
      if (dest < earned.length) earned[dest] = (earned[dest] ?? 0) + ((stakes[uid] ?? 0) * value) / sum;
    }
  }
  return { permits, active, incentive: shares(earned), dividends: shares(voted) };
};

/** The validators with the most stake, at most as many as the subnet allows. */
const permitted = (state: StateReader, netuid: number, stakes: readonly number[]): boolean[] => {
  const least = Math.max(1, Number(store.StakeThreshold.get(state)));
  const ranked = stakes
    .map((stake, uid) => ({ stake, uid }))
    .filter(({ stake }) => stake >= least)
    .sort((a, b) => b.stake - a.stake || a.uid - b.uid)
    .slice(0, store.MaxAllowedValidators.get(state, netuid));
  const chosen = new Set(ranked.map(({ uid }) => uid));
  return stakes.map((_, uid) => chosen.has(uid));
};

const shares = (values: readonly number[]): number[] => {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => (sum === 0 ? 0 : value / sum));
};

const scaled = (share: number): number => Math.round(share * FULL);

const shareOf = (amount: bigint, share: number): bigint =>
  (amount * BigInt(Math.round(share * 1e9))) / 1_000_000_000n;
