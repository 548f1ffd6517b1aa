/**
 * A recorded attempt beside its replay: which of what was measured differs by more than noise. Pure, so that the
 * workflow, the commands and whoever reads the ledger come to the same answer.
 */

/** As much of an attempt as is compared. */
export interface ComparedAttempt {
  /** `scored`, or the code of the verdict. */
  readonly outcome: string;
  /** Percent. */
  readonly mfu: number | null;
  /** Length of the timed window. */
  readonly seconds: number | null;
  readonly finalLoss: number | null;
  readonly statistics: readonly ComparedStatistic[];
  readonly environment: Readonly<Record<string, unknown>>;
}

interface ComparedStatistic {
  readonly name: string;
  /** Null for what is not finite. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** One thing as it was, and as it is; null where it is not known. */
export interface Pair<T> {
  readonly name: string;
  readonly recorded: T | null;
  readonly replayed: T | null;
}

export interface StatisticPair extends Pair<number> {
  /** The recorded limits; those of the replay where the record has none of this name. */
  readonly low: number | null;
  readonly high: number | null;
  /** How far two honest measurements may be apart. */
  readonly noise: number;
  /** `only_…`: measured on that side alone. */
  readonly result: 'same' | 'differs' | 'only_recorded' | 'only_replayed';
}

export interface FactPair extends Pair<string> {
  /** False also where one side does not tell. */
  readonly differs: boolean;
}

export interface AttemptComparison {
  /** The same verdict from the same inputs, and all that was measured then measured again, within noise. */
  readonly same: boolean;
  readonly verdict: FactPair;
  readonly statistics: readonly StatisticPair[];
  /** Digests of weights and tokens: if they differ, this was not the recorded attempt. */
  readonly inputs: readonly FactPair[];
  /** Versions and device. They explain a difference and are none by themselves. */
  readonly versions: readonly FactPair[];
  /** MFU, seconds and the claimed loss: shown, not judged, for time is not what a seed repeats. */
  readonly measured: readonly Pair<number>[];
}

const INPUTS = ['weights_digest', 'tokens_digest'] as const;
const VERSIONS = ['name', 'driver', 'torch', 'transformers'] as const;

export const compareAttempts = (recorded: ComparedAttempt, replayed: ComparedAttempt): AttemptComparison => {
  const verdict = factPair('verdict', recorded.outcome, replayed.outcome);
  const statistics = statisticPairs(recorded.statistics, replayed.statistics);
  const facts = (names: readonly string[]): FactPair[] =>
    names.map((name) => factPair(name, recorded.environment[name], replayed.environment[name]));
  const inputs = facts(INPUTS);
  return {
    // A later evaluator may measure more; what it no longer measures is not known to be the same.
    same:
      !verdict.differs &&
      inputs.every(({ differs }) => !differs) &&
      statistics.every(({ result }) => result === 'same' || result === 'only_replayed'),
    verdict,
    statistics,
    inputs,
    versions: facts(VERSIONS),
    measured: [
      { name: 'mfu', recorded: recorded.mfu, replayed: replayed.mfu },
      { name: 'seconds', recorded: recorded.seconds, replayed: replayed.seconds },
      { name: 'final_loss', recorded: recorded.finalLoss, replayed: replayed.finalLoss },
    ],
  };
};

const factPair = (name: string, recorded: unknown, replayed: unknown): FactPair => {
  const [before, now] = [textOf(recorded), textOf(replayed)];
  return {
    name,
    recorded: before,
    replayed: now,
    differs: before !== null && now !== null && before !== now,
  };
};

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** In the order of the record, then whatever only the replay has. */
const statisticPairs = (
  recorded: readonly ComparedStatistic[],
  replayed: readonly ComparedStatistic[],
): StatisticPair[] => {
  const again = new Map(replayed.map((statistic) => [statistic.name, statistic]));
  const known = new Set(recorded.map(({ name }) => name));
  return [
    ...recorded.map((before) => statisticPair(before, again.get(before.name))),
    ...replayed.filter(({ name }) => !known.has(name)).map((now) => statisticPair(undefined, now)),
  ];
};

type Sides =
  | readonly [recorded: ComparedStatistic, replayed: ComparedStatistic | undefined]
  | readonly [recorded: undefined, replayed: ComparedStatistic];

const statisticPair = (...[recorded, replayed]: Sides): StatisticPair => {
  const { name, low, high } = recorded ?? replayed;
  const noise = noiseOf({ name, low, high }, recorded?.value, replayed?.value);
  return {
    name,
    recorded: recorded?.value ?? null,
    replayed: replayed?.value ?? null,
    low,
    high,
    noise,
    result: !replayed
      ? 'only_recorded'
      : !recorded
        ? 'only_replayed'
        : isWithin(noise, recorded.value, replayed.value)
          ? 'same'
          : 'differs',
  };
};

const isWithin = (noise: number, recorded: number | null, replayed: number | null): boolean =>
  recorded === null || replayed === null ? recorded === replayed : Math.abs(recorded - replayed) <= noise;

/**
 * Limits are calibrated to stand clear of what honest programs scatter by, so a twentieth of the way from the honest
 * value to the limit is much less than what changes a verdict.
 */
const NOISE_SHARE = 0.05;
/**
 * A coefficient `*_min` or `*_max` is the extreme of many, and another one may be it when a GPU sums in another order:
 * 0.36 of the way to the limit was measured between an attempt and its replay on an H100.
 */
const NOISE_SHARE_OF_COEFFICIENTS = 0.5;
/** Rounding of float32 sums, for limits that stand close to the honest value. */
const LEAST_NOISE = 1e-6;

/**
 * How far apart two measurements of a statistic may be: of the distance between its nearer limit and its honest value, or
 * of what was measured if that lies farther, 5 % for errors, whose honest value is 0, and 50 % for coefficients, whose
 * is 1; never less than 1e-6.
 */
export const noiseOf = (
  { name, low, high }: Omit<ComparedStatistic, 'value'>,
  ...measured: readonly (number | null | undefined)[]
): number => {
  const [honest, share] = /_(min|max)$/.test(name) ? [1, NOISE_SHARE_OF_COEFFICIENTS] : [0, NOISE_SHARE];
  const distances = (values: typeof measured): number[] =>
    values.filter((value) => value != null).map((value) => Math.abs(value - honest));
  const limits = distances([low, high]);
  return Math.max(
    share * Math.max(limits.length === 0 ? 0 : Math.min(...limits), ...distances(measured)),
    LEAST_NOISE,
  );
};
