import { crusadesError, type ErrorReport } from '../errors/index.js';
import { median } from './median.js';
import type { AttemptVerdict, Outlook, Score, ScoringRules } from './types.js';

/**
 * The score of a submission: the median over its successful attempts, if enough of them succeeded.
 *
 * Attempts that infrastructure or an operator ended count for nobody. An error that no further attempt can change
 * (`final`) fails the submission under its own code, whatever succeeded before: flaky cheating must not pay.
 */
export const scoreOf = (attempts: readonly AttemptVerdict[], rules: ScoringRules): Score => {
  const { counted, scores, needed, final } = tally(attempts, rules);
  if (final !== null) return { kind: 'failed', error: final };

  const runs = counted.length;
  if (runs < rules.evaluation_runs && !outOfReach(scores.length, runs, needed, rules)) {
    return { kind: 'failed', error: lostToInfrastructure(attempts) };
  }
  if (scores.length < neededOf(rules, runs)) {
    const cause = counted.findLast(({ error }) => error !== null)?.error?.code ?? 'none';
    const details = { succeeded: scores.length, runs, needed: neededOf(rules, runs), cause };
    return { kind: 'failed', error: crusadesError('success_rate_too_low', details).report() };
  }
  return { kind: 'scored', mfu: median(scores), succeeded: scores.length, runs };
};

/**
 * Whether another attempt is to be made: not when enough have been, nor when none can change the verdict (a final
 * error, a success rate out of reach, too many attempts lost to infrastructure).
 */
export const outlookOf = (attempts: readonly AttemptVerdict[], rules: ScoringRules): Outlook => {
  const { counted, scores, needed, final } = tally(attempts, rules);
  if (final !== null) return 'pointless';
  if (counted.length >= rules.evaluation_runs) return 'enough';
  if (outOfReach(scores.length, counted.length, needed, rules)) return 'pointless';
  const lost = attempts.length - counted.length;
  return lost > rules.max_infrastructure_retries ? 'pointless' : 'continue';
};

interface Tally {
  /** Attempts that were the miner's to win. */
  readonly counted: readonly AttemptVerdict[];
  readonly scores: readonly number[];
  readonly needed: number;
  readonly final: ErrorReport | null;
}

const tally = (attempts: readonly AttemptVerdict[], rules: ScoringRules): Tally => {
  const counted = attempts.filter(({ error }) => error === null || isMinersToWin(error.fault));
  const scores = counted.flatMap(({ mfu, error }) => (error === null && mfu !== null ? [mfu] : []));
  const final = attempts.find(({ error }) => error?.final === true)?.error ?? null;
  return { counted, scores, needed: neededOf(rules, rules.evaluation_runs), final };
};

/** What the record cannot tell counts as the miner's: a crash on a slow attempt must not buy another one. */
const isMinersToWin = (fault: string): boolean => fault === 'miner' || fault === 'unknown';

/** Attempts that must succeed out of `runs`, at least one. The small term undoes .28 * 25 = 7.000000000000001. */
const neededOf = ({ min_success_rate }: ScoringRules, runs: number): number =>
  Math.max(1, Math.ceil(min_success_rate * runs - 1e-9));

const outOfReach = (succeeded: number, runs: number, needed: number, rules: ScoringRules): boolean =>
  succeeded + Math.max(0, rules.evaluation_runs - runs) < needed;

const lostToInfrastructure = (attempts: readonly AttemptVerdict[]): ErrorReport => {
  const lost = attempts.filter(({ error }) => error !== null && !isMinersToWin(error.fault));
  const reason = lost.at(-1)?.error?.message ?? 'no attempt was made';
  return crusadesError('gpu_lost_too_often', { count: lost.length, reason }).report();
};
