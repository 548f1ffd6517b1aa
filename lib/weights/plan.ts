import type { WeightEntry, WeightRules } from '../chain/types.js';
import { crusadesError } from '../errors/index.js';
import type { Hparams } from '../settings/index.js';
import type { WeightRoute, WeightSubmission } from '../store/index.js';

/** What the weights workflow should do, read and decided at one block. */
export interface WeightPlan {
  /** ss58 of the validator's hotkey. */
  readonly hotkey: string;
  readonly uid: number;
  /** Head of the chain when it was decided: whatever the chain shows from a later block is this plan's doing. */
  readonly decidedBlock: number;
  readonly target: readonly { readonly uid: number; readonly share: number }[];
  readonly entries: readonly WeightEntry[];
  readonly route: WeightRoute;
  /** Why the weights are sent now; null when there is nothing to send yet. */
  readonly due: string | null;
  /** Until there is something to do, as far as can be told now. */
  readonly nextInSeconds: number;
}

export interface PlanFacts {
  readonly hotkey: string;
  readonly netuid: number;
  readonly rules: WeightRules;
  readonly target: readonly { readonly uid: number; readonly share: number }[];
  readonly entries: readonly WeightEntry[];
  /** Last try that the chain has confirmed; null before the first. */
  readonly lastConfirmed: Pick<WeightSubmission, 'target' | 'confirmedBlock'> | null;
  readonly blockSeconds: number;
  readonly settings: Pick<Hparams, 'set_weights_interval_blocks'>;
}

/**
 * Decides whether weights are due: at once when the target is another one than the chain has confirmed, else at
 * the interval; never before the chain's rate limit allows it.
 *
 * @throws `weights_not_permitted` when the chain would refuse this hotkey whatever it sends
 */
export function planFrom(facts: PlanFacts): WeightPlan {
  const { rules, hotkey, netuid, target, entries, blockSeconds } = facts;
  if (rules.uid === null) throw notPermitted(hotkey, netuid, 'it is not registered');
  if (!rules.permit) throw notPermitted(hotkey, netuid, 'it has no validator permit');
  if (entries.length < Math.min(rules.minAllowedWeights, rules.neuronCount)) {
    const reason = `the chain wants ${rules.minAllowedWeights} weights, the competition gives ${entries.length}`;
    throw notPermitted(hotkey, netuid, reason);
  }

  const head = rules.clock.block;
  const allowedFrom = rules.lastUpdateBlock === 0 ? 0 : rules.lastUpdateBlock + rules.rateLimitBlocks;
  const why = reasonToSend(facts, head);
  const due = why !== null && head >= allowedFrom ? why : null;
  const nextBlock = why === null ? intervalBlock(facts) : Math.max(allowedFrom, head + 1);
  return {
    hotkey,
    uid: rules.uid,
    decidedBlock: head,
    target,
    entries,
    route: rules.commitRevealEnabled ? 'commit_timelocked' : 'set_weights',
    due,
    nextInSeconds: Math.max(1, nextBlock - head) * blockSeconds,
  };
}

function reasonToSend(facts: PlanFacts, head: number): string | null {
  const { lastConfirmed, target } = facts;
  if (lastConfirmed?.confirmedBlock == null) return 'first weights';
  if (!sameTarget(lastConfirmed.target, target)) return 'the target has changed';
  return head >= intervalBlock(facts) ? 'the interval has passed' : null;
}

const intervalBlock = ({ lastConfirmed, settings }: PlanFacts): number =>
  (lastConfirmed?.confirmedBlock ?? 0) + settings.set_weights_interval_blocks;

const sameTarget = (a: PlanFacts['target'], b: PlanFacts['target']): boolean => textOf(a) === textOf(b);

const textOf = (target: PlanFacts['target']): string =>
  [...target]
    .sort((a, b) => a.uid - b.uid)
    .map(({ uid, share }) => `${uid}:${share.toFixed(9)}`)
    .join();

const notPermitted = (hotkey: string, netuid: number, reason: string): Error =>
  crusadesError('weights_not_permitted', { hotkey, netuid, reason });

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
