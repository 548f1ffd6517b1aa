import { crusadesError } from '../../../lib/errors/index.js';
import type { RecordedAttempt, SubmissionDetail } from '../../../lib/store/index.js';

type Attempt = Pick<RecordedAttempt, 'evaluation' | 'number' | 'outcome' | 'seed'>;

/** An attempt that can be run again: its seed is known. */
export interface ChosenAttempt {
  readonly submissionId: string;
  readonly evaluation: number;
  readonly number: number;
}

/**
 * The attempt that is meant: of the evaluation that is named, else of the last one that has it; where no attempt is
 * named, the first that failed after its seed was drawn, else the last.
 *
 * @throws `attempt_unknown`, `attempt_without_seed`
 */
export const chooseAttempt = (
  {
    submissionId,
    attempts,
  }: Pick<SubmissionDetail, 'submissionId'> & { readonly attempts: readonly Attempt[] },
  wanted: { readonly attempt?: number; readonly evaluation?: number },
): ChosenAttempt => {
  const unknown = (reason: string) => crusadesError('attempt_unknown', { submission: submissionId, reason });
  if (attempts.length === 0) throw unknown('it ended, or still waits, without any attempt');
  const possible = attempts.filter(
    ({ number, evaluation }) =>
      (wanted.attempt ?? number) === number && (wanted.evaluation ?? evaluation) === evaluation,
  );
  if (possible.length === 0) throw unknown(`it has ${listed(attempts)}`);
  const newest = Math.max(...possible.map(({ evaluation }) => evaluation));
  const candidates = possible.filter(({ evaluation }) => evaluation === newest);
  const failed = candidates.find(({ outcome, seed }) => outcome !== 'scored' && seed !== null);
  const chosen = failed ?? candidates.at(-1);
  if (!chosen) throw unknown(`it has ${listed(attempts)}`);
  const { evaluation, number, outcome, seed } = chosen;
  if (seed === null) {
    throw crusadesError('attempt_without_seed', { submission: submissionId, attempt: number, outcome });
  }
  return { submissionId, evaluation, number };
};

/** `1, 2, 3` or, of several evaluations, `1, 2, 3 of evaluation 1 and 1, 2 of evaluation 2`. */
const listed = (attempts: readonly Attempt[]): string => {
  const evaluations = [...new Set(attempts.map(({ evaluation }) => evaluation))];
  return evaluations
    .map((evaluation) => {
      const numbers = attempts.filter((each) => each.evaluation === evaluation).map(({ number }) => number);
      return (
        numbers.join(', ') + (evaluations.length > 1 || evaluation > 1 ? ` of evaluation ${evaluation}` : '')
      );
    })
    .join(' and ');
};
