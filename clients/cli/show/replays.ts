import { compareAttempts, type AttemptComparison } from '../../../lib/scoring/index.js';
import type { RecordedAttempt, RecordedReplay } from '../../../lib/store/index.js';
import { printable } from '../output/escape.js';
import { timeText } from '../output/format.js';
import type { Style } from '../output/style.js';
import { renderTable } from '../output/table.js';
import { differencesText, renderComparison } from '../replay/render.js';

/** A replay beside the attempt that it repeats; null where no GPU brought it to an end. */
export const comparisonWith = (
  attempts: readonly RecordedAttempt[],
  replay: RecordedReplay,
): AttemptComparison | null => {
  const attempt = attempts.find(
    ({ evaluation, number }) => evaluation === replay.evaluation && number === replay.number,
  );
  return attempt && hasResult(replay) ? compareAttempts(attempt, replay) : null;
};

/** What was never measured was measured on no GPU. */
const hasResult = ({ gpuQueue }: RecordedReplay): boolean => gpuQueue !== null;

/** Which replays there are, one a line. */
export const renderReplays = (
  attempts: readonly RecordedAttempt[],
  replays: readonly RecordedReplay[],
  style: Style,
): string => {
  if (replays.length === 0) return '';
  const several = replays.some(({ evaluation }) => evaluation > 1);
  return renderTable<RecordedReplay>(
    [
      ...(several ? [{ title: 'evaluation', text: (row: RecordedReplay) => String(row.evaluation) }] : []),
      {
        title: 'replay of attempt',
        text: ({ number, n }) => (n === 1 ? String(number) : `${number} (${n})`),
      },
      { title: 'verdict', text: ({ outcome }) => outcome },
      {
        title: 'compared',
        text: (replay) => resultText(comparisonWith(attempts, replay)),
        colour: (replay, paint) => (comparisonWith(attempts, replay)?.same ? paint.green : paint.red),
      },
      { title: 'finished (UTC)', text: ({ finishedAt }) => timeText(finishedAt) },
      { title: 'by', text: ({ requestedBy }) => requestedBy },
      { title: 'why', text: ({ reason }) => reason ?? '' },
    ],
    replays,
    style,
  );
};

const resultText = (comparison: AttemptComparison | null): string =>
  comparison === null ? 'no result' : differencesText(comparison);

/** The replays of one attempt, each side by side with it. */
export const renderReplaysOf = (
  attempt: RecordedAttempt,
  replays: readonly RecordedReplay[],
  style: Style,
): string =>
  replays
    .filter(({ evaluation, number }) => evaluation === attempt.evaluation && number === attempt.number)
    .map((replay) => {
      const { n, requestedBy, reason, finishedAt, error } = replay;
      const why = reason === null ? '' : `: ${reason}`;
      const title = style.bold(
        printable(`Replay ${n}, ${timeText(finishedAt)} UTC, by ${requestedBy}${why}`),
      );
      const comparison = comparisonWith([attempt], replay);
      const body = comparison
        ? renderComparison(comparison, style)
        : printable(`${error?.code ?? replay.outcome}: ${error?.message ?? 'it has no result'}`);
      return `${title}\n${body}`;
    })
    .join('\n\n');
