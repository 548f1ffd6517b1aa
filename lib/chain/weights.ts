import type { WeightEntry } from './types.js';

/** Largest u16: the chain scales weights so that the largest has this value. */
export const U16_MAX = 65_535;

/** What one neuron is to get, in any unit. */
export interface Share {
  readonly uid: number;
  readonly share: number;
}

/**
 * Turns shares into the u16 values that the chain stores, as the official SDK 11 does: clipped at the
 * subnet's limit, scaled so that the largest becomes 65,535, rounded half to even, zeros left out.
 *
 * @param shares non-negative, of any scale; at least one above zero
 * @param maxWeightsLimit `MaxWeightsLimit` of the subnet (u16); 65,535 and above clip nothing
 * @returns in the order of the uids; empty when every share is zero
 * @throws RangeError for a share that is negative or not a number, and for a uid given twice: defects of ours
 */
export const sharesToWeights = (
  shares: readonly Share[],
  maxWeightsLimit = U16_MAX,
): readonly WeightEntry[] => {
  requireSound(shares);
  const positive = shares.filter(({ share }) => share > 0);
  const clipped = clipAtLimit(positive, maxWeightsLimit);
  const largest = Math.max(0, ...clipped.map(({ share }) => share));
  if (largest === 0) return [];
  return clipped
    .map(({ uid, share }) => ({ uid, value: roundHalfToEven((share / largest) * U16_MAX) }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => a.uid - b.uid);
};

const requireSound = (shares: readonly Share[]): void => {
  for (const { uid, share } of shares) {
    if (!(share >= 0 && Number.isFinite(share))) throw new RangeError(`The share of uid ${uid} is ${share}.`);
    if (!Number.isInteger(uid) || uid < 0 || uid > U16_MAX) throw new RangeError(`${uid} is not a uid.`);
  }
  if (new Set(shares.map(({ uid }) => uid)).size < shares.length)
    throw new RangeError('A uid has two shares.');
};

/**
 * No share above `limit / 65,535` of the sum; what is cut off goes to the others in proportion. Where there are
 * too few shares for that, equal ones come closest. A single share is not clipped, as on the chain.
 * Source: `clip_to_max_weight` of SDK 11.3.0, epsilon included.
 */
const clipAtLimit = (shares: readonly Share[], maxWeightsLimit: number): readonly Share[] => {
  const limit = maxWeightsLimit / U16_MAX;
  const count = shares.length;
  if (limit >= 1 || count <= 1) return shares;
  if (count * limit <= 1) return shares.map(({ uid }) => ({ uid, share: 1 / count }));

  const total = sum(shares.map(({ share }) => share));
  const ascending = shares.map(({ share }) => share / total).sort((a, b) => a - b);
  if ((ascending.at(-1) ?? 0) <= limit) return shares;
  const cutoff = cutoffOf(ascending, limit) * total;
  return shares.map(({ uid, share }) => ({ uid, share: Math.min(share, cutoff) }));
};

/** Height, as a fraction of the sum, at which cutting leaves the largest exactly at the limit. */
const cutoffOf = (ascending: readonly number[], limit: number): number => {
  const epsilon = 1e-7;
  const count = ascending.length;
  let running = 0;
  const sums = ascending.map((share) => (running += share));
  const kept = ascending.filter(
    (share, index) => share / ((count - index - 1) * share + (sums[index] ?? 0) + epsilon) < limit,
  ).length;
  return (limit * (sums[kept - 1] ?? 0) - epsilon) / (1 - limit * (count - kept));
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Python's `round`, which the SDK uses. */
const roundHalfToEven = (value: number): number => {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
};
