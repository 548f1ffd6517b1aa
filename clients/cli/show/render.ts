import { NEAR_DUPLICATE } from '../../../lib/scan/sketch.js';
import type { MeasuredStatistic, NearestCode, RecordedAttempt } from '../../../lib/store/index.js';
import type { SubmissionRecord } from '../../queries/submission-record.js';
import { submissionView } from '../../queries/submission-view.js';
import { printable, printableLines } from '../output/escape.js';
import { bytesText, mfuText, numberText, secondsText, timeText } from '../output/format.js';
import type { Style } from '../output/style.js';
import { renderFacts, renderTable } from '../output/table.js';
import { renderAttempts, renderRemedies, renderStatus } from '../status/render.js';

/** All of a submission but its code. */
export const renderRecord = (record: SubmissionRecord, now: number, style: Style): string => {
  const { submission, code, nearest, leads, weights } = record;
  const view = submissionView({ ...submission, attempts: [] }, null);
  return [
    view && renderStatus(view, now, style),
    renderFacts(
      [
        ['leads', leads ? 'yes: its hotkey earns the winner’s share' : null],
        ['weights', leads ? weightsText(weights) : null],
        ['reveal', revealText(submission)],
        ['code', code ? `${bytesText(code.bytes)}, sha256 ${code.sha256}` : 'not fetched'],
        ['resembles', nearest && resemblanceText(nearest)],
        ['competition', `version ${submission.competitionVersion}`],
        ['settings', `sha256 ${submission.settingsHash}`],
        ['finished', submission.finishedAt && `${timeText(submission.finishedAt)} UTC`],
      ],
      style,
    ),
    submission.attempts.length > 0 ? renderAttempts(submission.attempts, style) : null,
    renderRemedies(submission.attempts, style),
    submission.attempts.length > 0 ? renderStatistics(submission.attempts, style) : null,
  ]
    .filter((part) => part !== null && part !== '')
    .join('\n\n');
};

const weightsText = (weights: SubmissionRecord['weights']): string =>
  weights.length === 0
    ? 'not set since it leads'
    : weights
        .map(
          ({ outcome, block, at }) =>
            `${outcome}${block === null ? '' : ` at block ${block}`}, ${timeText(at)}`,
        )
        .join('; ');

/** What is less alike than a near-duplicate is chance, and kept for `--json`. */
const resemblanceText = ({ submissionId, hotkey, commitBlock, similarity }: NearestCode): string | null =>
  similarity < NEAR_DUPLICATE
    ? null
    : `${submissionId} of ${hotkey}, block ${commitBlock}: similarity ${similarity.toFixed(2)} of 1 (a near-duplicate; no verdict)`;

const revealText = ({ revealRound, revealBlock }: SubmissionRecord['submission']): string | null => {
  const parts = [
    revealRound === null ? null : `round ${revealRound}`,
    revealBlock === null ? null : `opened in block ${revealBlock}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
};

/** Every statistic of every attempt beside its limits. */
export const renderStatistics = (
  attempts: readonly Pick<RecordedAttempt, 'number' | 'statistics'>[],
  style: Style,
): string => {
  const rows = attempts.flatMap(({ number, statistics }) =>
    statistics.map((statistic) => ({ number, statistic })),
  );
  if (rows.length === 0) return '';
  return renderTable(
    [
      { title: 'attempt', text: ({ number }) => String(number) },
      ...STATISTIC_COLUMNS.map((column) => ({
        ...column,
        text: ({ statistic }: { statistic: MeasuredStatistic }) => column.text(statistic),
        colour: ({ statistic }: { statistic: MeasuredStatistic }, paint: Style) =>
          verdictColour(statistic, paint),
      })),
    ],
    rows,
    style,
  );
};

const STATISTIC_COLUMNS = [
  { title: 'statistic', align: 'left', text: ({ name }: MeasuredStatistic) => name },
  { title: 'value', align: 'right', text: ({ value }: MeasuredStatistic) => numberText(value) },
  { title: 'limits', align: 'left', text: (statistic: MeasuredStatistic) => limitsText(statistic) },
  { title: '', align: 'left', text: ({ passed }: MeasuredStatistic) => (passed ? 'within' : 'OUTSIDE') },
] as const;

const verdictColour = ({ passed }: MeasuredStatistic, style: Style) => (passed ? String : style.red);

/** `0.97 … 1.03`, `≤ 0.06`, `≥ 0.9`. */
export const limitsText = ({ low, high }: Pick<MeasuredStatistic, 'low' | 'high'>): string => {
  if (low !== null && high !== null) return `${numberText(low)} … ${numberText(high)}`;
  if (high !== null) return `≤ ${numberText(high)}`;
  return low === null ? '' : `≥ ${numberText(low)}`;
};

/** The statistics of one attempt: `show --attempt` and `benchmark`. */
export const renderAttemptStatistics = (statistics: readonly MeasuredStatistic[], style: Style): string =>
  renderTable(
    STATISTIC_COLUMNS.map((column) => ({ ...column, colour: verdictColour })),
    statistics,
    style,
  );

/** One attempt with all that was measured, where, and what the contestant's code printed. */
export const renderAttempt = (attempt: RecordedAttempt, style: Style): string =>
  [
    renderFacts(
      [
        [
          'attempt',
          `${attempt.number}${attempt.evaluation > 1 ? ` of evaluation ${attempt.evaluation}` : ''}`,
        ],
        ['verdict', attempt.outcome],
        ['reason', attempt.error?.message ?? null],
        ['what to do', attempt.error?.remedy ?? null],
        ['MFU', attempt.mfu === null ? null : mfuText(attempt.mfu)],
        ['timed window', attempt.seconds === null ? null : secondsText(attempt.seconds)],
        ['tokens', attempt.tokens === null ? null : String(attempt.tokens)],
        ['final loss', attempt.finalLoss === null ? null : numberText(attempt.finalLoss)],
        ['seed', attempt.seed],
        ['committed seed', attempt.seedCommitment],
        ['isolation', isolationText(attempt)],
        ['gpu queue', attempt.gpuQueue],
        ['worker', attempt.worker],
        ['image', attempt.imageDigest],
        ['started', `${timeText(attempt.startedAt)} UTC`],
        ['finished', `${timeText(attempt.finishedAt)} UTC`],
        ...phasesInOrder(attempt.phases).map(
          ([phase, seconds]) => [`phase ${phase}`, secondsText(seconds)] as const,
        ),
      ],
      style,
    ),
    attempt.statistics.length > 0 ? renderAttemptStatistics(attempt.statistics, style) : null,
    section('Environment', renderFacts(environmentFacts(attempt.environment), style), style),
    section('Output of the code, escaped', printableLines(attempt.outputTail.trimEnd()), style),
  ]
    .filter((part) => part !== null && part !== '')
    .join('\n\n');

/** As they follow each other; the ledger keeps them without order. Parts stand under their phase. */
const PHASES = ['starting', 'preparing', 'warming_up', 'timed', 'judging', 'killing'];

const phasesInOrder = (phases: Readonly<Record<string, number>>): (readonly [string, number])[] => {
  const placeOf = (phase: string): number => {
    const place = PHASES.indexOf(phase.split('.')[0] ?? '');
    return place < 0 ? PHASES.length : place;
  };
  return Object.entries(phases).sort(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1));
};

const section = (title: string, text: string, style: Style): string =>
  text === '' ? '' : `${style.bold(title)}\n${text}`;

/** What the isolation of the attempt was, with the referee's notice where it was weaker than it should be. */
export const isolationText = ({
  isolation,
  environment,
}: Pick<RecordedAttempt, 'isolation' | 'environment'>): string | null => {
  const described = environment['isolation'];
  const notice =
    typeof described === 'object' && described !== null && 'notice' in described ? described.notice : null;
  if (isolation === null) return null;
  return typeof notice === 'string' ? `${isolation}: ${notice}` : isolation;
};

const environmentFacts = (environment: RecordedAttempt['environment']): (readonly [string, string])[] =>
  Object.entries(environment)
    .filter(([name]) => name !== 'isolation')
    .map(([name, value]) => [printable(name), typeof value === 'string' ? value : JSON.stringify(value)]);

/** Code with its line numbers, escaped: it comes from a miner. */
export const renderCode = (text: string, style: Style): string => {
  const lines = text.replace(/\n$/, '').split('\n');
  const width = String(lines.length).length;
  return lines
    .map((line, index) => `${style.dim(String(index + 1).padStart(width))}  ${printableLines(line)}`)
    .join('\n');
};
