import type { WeightEntry, WeightRules } from '../chain/types.js';
import type { Hparams } from '../settings/index.js';
import type { WeightRoute, WeightSubmission } from '../store/index.js';
import { allowedFromBlock, requireAcceptable, routeOf } from './requirements.js';

/** What the weights workflow should do, read and decided at one block. */
export interface WeightPlan {
  /** ss58 of the validator's hotkey. */
  readonly hotkey: string;
  readonly uid: number;
  /** Head of the chain when it was decided: whatever the chain shows from a later block is this plan's doing. */
  readonly decidedBlock: number;
  readonly target: readonly { readonly uid: number; readonly share: number }[];
  readonly entries: readonly WeightEntry[];
  /** Who holds the uids of the entries; they are compared before the weights are sent. */
  readonly recipients?: readonly Recipient[];
  readonly route: WeightRoute;
  /** Why the weights are sent now; null when there is nothing to send yet. */
  readonly due: string | null;
  /** Until there is something to do, as far as can be told now. */
  readonly nextInSeconds: number;
}

export interface Recipient {
  readonly uid: number;
  /** ss58 */
  readonly hotkey: string;
}

/** What the chain shows of the validator's weights. */
export interface ShownWeights {
  readonly entries: readonly WeightEntry[];
  /** Commits that wait for their reveal. */
  readonly waiting: number;
}

export interface PlanFacts {
  readonly hotkey: string;
  readonly netuid: number;
  readonly rules: WeightRules;
  readonly target: readonly { readonly uid: number; readonly share: number }[];
  readonly entries: readonly WeightEntry[];
  readonly recipients: readonly Recipient[];
  readonly shown: ShownWeights;
  /** Last try that the chain has confirmed; null before the first. */
  readonly lastConfirmed: Pick<WeightSubmission, 'target' | 'confirmedBlock'> | null;
  readonly blockSeconds: number;
  readonly settings: Pick<Hparams, 'set_weights_interval_blocks'>;
}

/**
 * Decides whether weights are due: at once when the target is another one than was confirmed or the chain shows
 * others, else at the interval; never before the chain's rate limit allows it.
 *
 * @throws what `requireAcceptable` throws: the chain would refuse whatever is sent
 */
export function planFrom(facts: PlanFacts): WeightPlan {
  const { rules, hotkey, netuid, target, entries, recipients, blockSeconds } = facts;
  const uid = requireAcceptable(rules, { hotkey, netuid, entries });

  const head = rules.clock.block;
  const allowedFrom = allowedFromBlock(rules);
  const why = reasonToSend(facts, head);
  const due = why !== null && head >= allowedFrom ? why : null;
  const nextBlock = why === null ? intervalBlock(facts) : Math.max(allowedFrom, head + 1);
  return {
    ...{ hotkey, uid, target, entries, recipients, due },
    decidedBlock: head,
    route: routeOf(rules),
    nextInSeconds: Math.max(1, nextBlock - head) * blockSeconds,
  };
}

function reasonToSend(facts: PlanFacts, head: number): string | null {
  const { lastConfirmed, target, entries, shown } = facts;
  const isShown = sameWeights(shown.entries, entries);
  if (lastConfirmed?.confirmedBlock == null) {
    // A ledger that is new, or was restored, does not undo what the chain has.
    if (!isShown && shown.waiting === 0) return 'first weights';
  } else if (!sameTarget(lastConfirmed.target, target)) return 'the target has changed';
  // A reveal that failed, which the chain passes over in silence, or somebody else with the same hotkey.
  else if (!isShown && shown.waiting === 0) return 'the chain shows other weights';
  return head >= intervalBlock(facts) ? 'the interval has passed' : null;
}

/** Counted from what was confirmed; from the chain's own word where that is later or the only one. */
const intervalBlock = ({ lastConfirmed, rules, entries, shown, settings }: PlanFacts): number => {
  const isOurs = shown.waiting > 0 || sameWeights(shown.entries, entries);
  const since = Math.max(lastConfirmed?.confirmedBlock ?? 0, isOurs ? rules.lastUpdateBlock : 0);
  return since + settings.set_weights_interval_blocks;
};

const sameTarget = (a: PlanFacts['target'], b: PlanFacts['target']): boolean => textOf(a) === textOf(b);

const textOf = (target: PlanFacts['target']): string =>
  [...target]
    .sort((a, b) => a.uid - b.uid)
    .map(({ uid, share }) => `${uid}:${share.toFixed(9)}`)
    .join();

/**
 * Whether two weight vectors are the same once the chain has scaled them up so that the largest is 65,535
 * (`max_upscale`); rounding may differ by one.
 */
export function sameWeights(a: readonly WeightEntry[], b: readonly WeightEntry[]): boolean {
  const [left, right] = [upscaled(a), upscaled(b)];
  return (
    left.size === right.size &&
    [...left].every(([uid, value]) => Math.abs((right.get(uid) ?? -9) - value) <= 1)
  );
}

const U16_MAX = 65_535;

const upscaled = (entries: readonly WeightEntry[]): ReadonlyMap<number, number> => {
  const largest = Math.max(1, ...entries.map(({ value }) => value));
  return new Map(
    entries
      .filter(({ value }) => value > 0)
      .map(({ uid, value }) => [uid, Math.round((value * U16_MAX) / largest)]),
  );
};
