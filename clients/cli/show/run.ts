import { crusadesError } from '../../../lib/errors/index.js';
import type { RecordedAttempt } from '../../../lib/store/index.js';
import { readRecord, type SubmissionRecord } from '../../queries/submission-record.js';
import { choosePlace, withLedger } from '../connection.js';
import { printJson } from '../output/json.js';
import { note, print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor } from '../output/style.js';
import type { ShowOptions } from '../show.js';
import { renderAttempt, renderCode, renderRecord } from './render.js';
import { comparisonWith, renderReplays, renderReplaysOf } from './replays.js';

export async function show(name: string, options: ShowOptions, signal: AbortSignal): Promise<void> {
  const place = choosePlace(options);
  const record = await withProgress('reading the ledger', () =>
    withLedger(place, (ledger) => readRecord(ledger, name)),
  );
  signal.throwIfAborted();
  const attempts = chosenAttempts(record, options.attempt);
  if (options.json) return printJson(recordJson(record, attempts, options));
  const style = styleFor(process.stdout);
  const parts =
    options.attempt === undefined
      ? [renderRecord(record, Date.now(), style), renderReplays(attempts, record.replays, style)]
      : attempts.flatMap((attempt) => [
          renderAttempt(attempt, style),
          renderReplaysOf(attempt, record.replays, style),
        ]);
  print(parts.filter((part) => part !== '').join('\n\n'));
  if (!options.code) return;
  if (record.code) print(`\n${renderCode(record.code.text, style)}`);
  else note('The code has not been fetched.');
}

/** Of all evaluations. @throws `argument_invalid` when there is no such attempt */
const chosenAttempts = (
  { submission }: SubmissionRecord,
  number: number | undefined,
): readonly RecordedAttempt[] => {
  if (number === undefined) return submission.attempts;
  const chosen = submission.attempts.filter((attempt) => attempt.number === number);
  if (chosen.length > 0) return chosen;
  const numbers = submission.attempts.map((attempt) => attempt.number).join(', ');
  throw crusadesError('argument_invalid', {
    argument: '--attempt',
    reason: `the submission has ${numbers === '' ? 'no attempts' : `the attempts ${numbers}`}`,
  });
};

const recordJson = (
  { submission, code, nearest, replays, leads, weights }: SubmissionRecord,
  attempts: readonly RecordedAttempt[],
  { code: withCode }: ShowOptions,
) => ({
  ...submission,
  attempts,
  replays: replays
    .filter(({ number }) => attempts.some((attempt) => attempt.number === number))
    .map((replay) => ({ ...replay, comparison: comparisonWith(attempts, replay) })),
  leads,
  weights,
  nearest,
  code: code && {
    sha256: code.sha256,
    bytes: code.bytes,
    url: code.url,
    ...(withCode && { text: code.text }),
  },
});
