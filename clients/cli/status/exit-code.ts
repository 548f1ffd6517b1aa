import type { SubmissionView } from '../../queries/submission-view.js';
import { EXIT } from '../action.js';

/** Scored, or on its way: good. Ended without a score: the answer is no. */
export const exitCodeOf = ({ settled, stage }: Pick<SubmissionView, 'settled' | 'stage'>): number =>
  settled && stage !== 'scored' ? EXIT.no : EXIT.good;
