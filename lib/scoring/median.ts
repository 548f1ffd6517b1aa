/**
 * Median of the scores; of an even number of them the lower of the two middle ones, so that one lucky attempt
 * does not lift a score.
 *
 * @throws TypeError for no scores at all
 */
export const median = (scores: readonly number[]): number => {
  const ordered = [...scores].sort((one, other) => one - other);
  const middle = ordered[Math.floor((ordered.length - 1) / 2)];
  if (middle === undefined) throw new TypeError('the median of no scores is not defined');
  return middle;
};
