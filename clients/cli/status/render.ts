import { z } from 'zod';
import type { ErrorReport } from '../../../lib/errors/index.js';
import type { SubmissionSummary } from '../../../lib/store/index.js';
import type { AttemptView, SubmissionView } from '../../queries/submission-view.js';
import { printable } from '../output/escape.js';
import { distanceText, durationText, mfuText, secondsText, shortened, timeText } from '../output/format.js';
import type { Style } from '../output/style.js';
import { renderFacts, renderTable } from '../output/table.js';

/** How a submission's stage is coloured: green for a score, red for an end without one. */
export const stageColour = (stage: string, style: Style): ((text: string) => string) => {
  if (stage === 'scored') return style.green;
  if (['rejected', 'failed', 'expired'].includes(stage)) return style.red;
  if (['cancelled', 'superseded'].includes(stage)) return style.yellow;
  return style.cyan;
};

/** One submission: where it stands, how it came there, what it waits for, its attempts, its error. */
export const renderStatus = (view: SubmissionView, now: number, style: Style): string =>
  [
    headline(view, style),
    renderFacts(
      [
        ['hotkey', view.uid === null ? view.hotkey : `${view.hotkey} (uid ${view.uid})`],
        ['committed', `block ${view.commitBlock} on ${view.network}, netuid ${view.netuid}`],
        ['workflow', view.workflowId],
        ['url', view.url],
        ['sha256', view.codeSha256],
        ['evaluation', view.evaluation > 1 ? String(view.evaluation) : null],
        ['waits for', waitText(view, now)],
        ['gpu', view.gpu],
        ['running', runningText(view)],
      ],
      style,
    ),
    view.stages.length > 0 ? renderStages(view, now, style) : null,
    view.attempts.length > 0 ? renderAttempts(view.attempts, style) : null,
    renderRemedies(view.attempts, style),
    view.error ? renderError(view.error, style) : null,
  ]
    .filter((part) => part !== null && part !== '')
    .join('\n\n');

const headline = ({ submissionId, stage, mfu }: SubmissionView, style: Style): string => {
  const score = mfu === null ? '' : `  ${style.bold(mfuText(mfu))} MFU`;
  return `submission ${style.bold(submissionId)}  ${stageColour(stage, style)(printable(stage))}${score}`;
};

const waitText = ({ waitsFor }: SubmissionView, now: number): string | null => {
  if (waitsFor === null) return null;
  const { what, until } = waitsFor;
  if (until === null) return what;
  const time = Date.parse(until) > now ? distanceText(until, now) : 'due now';
  return `${what} (${time})`;
};

const runningText = ({ running }: SubmissionView): string | null =>
  running === null
    ? null
    : `attempt ${running.attempt}: ${running.phase}, for ${durationText(running.elapsedSeconds)}`;

/** Each stage with its time and how long it took; the last one of a running submission goes on. */
const renderStages = ({ stages, settled }: SubmissionView, now: number, style: Style): string =>
  renderTable(
    [
      { title: 'stage', text: ({ stage }) => stage, colour: ({ stage }, paint) => stageColour(stage, paint) },
      { title: 'reached (UTC)', text: ({ at }) => timeText(at) },
      { title: 'took', align: 'right', text: ({ took }) => took },
    ],
    stages.map(({ stage, at }, index) => {
      const next = stages[index + 1];
      const until = next ? Date.parse(next.at) : settled ? null : now;
      return {
        stage,
        at,
        took: until === null ? '' : secondsText(Math.max(0, until - Date.parse(at)) / 1000),
      };
    }),
    style,
  );

export const renderAttempts = (attempts: readonly AttemptView[], style: Style): string => {
  const several = attempts.some(({ evaluation }) => evaluation > 1);
  return renderTable<AttemptView>(
    [
      ...(several ? [{ title: 'evaluation', text: (row: AttemptView) => String(row.evaluation) }] : []),
      { title: 'attempt', text: ({ number }) => String(number) },
      {
        title: 'verdict',
        text: ({ outcome }) => outcome,
        colour: ({ outcome }, paint) => (outcome === 'scored' ? paint.green : paint.red),
      },
      { title: 'MFU', align: 'right', text: ({ mfu }) => mfuText(mfu) },
      { title: 'timed', align: 'right', text: ({ seconds }) => secondsText(seconds) },
      { title: 'reason', text: ({ error }) => cut(error?.message ?? '') },
    ],
    attempts,
    style,
  );
};

/** In a table; `show --attempt` tells the whole. */
const REASON_LENGTH = 60;

const cut = (text: string): string =>
  text.length <= REASON_LENGTH ? text : `${text.slice(0, REASON_LENGTH - 1)}…`;

/** What to do about each verdict that there is, once. */
export const renderRemedies = (attempts: readonly AttemptView[], style: Style): string => {
  const remedies = new Map(
    attempts.flatMap(({ error }) => (error === null ? [] : [[error.code, error.remedy] as const])),
  );
  return [...remedies]
    .map(([code, remedy]) => `${style.red(printable(code))}: ${printable(remedy)}`)
    .join('\n');
};

export const renderError = (
  error: Pick<ErrorReport, 'code' | 'message' | 'remedy'> & { readonly details?: ErrorReport['details'] },
  style: Style,
): string =>
  [
    `${style.red(printable(error.code))}: ${printable(error.message)}`,
    ...findingLines(error.details?.['findings']),
    `${style.bold('What to do:')} ${printable(error.remedy)}`,
  ].join('\n');

const findingSchema = z.object({
  rule: z.string(),
  line: z.number(),
  column: z.number(),
  reason: z.string(),
  remedy: z.string(),
});

/** What the scan found, where the error is the scan's. */
const findingLines = (findings: unknown): string[] => {
  const parsed = z.array(findingSchema).safeParse(findings);
  if (!parsed.success) return [];
  return parsed.data.flatMap(({ rule, line, column, reason, remedy }) => [
    `  train.py:${line}:${column} ${printable(rule)} ${printable(reason)}`,
    `    ${printable(remedy)}`,
  ]);
};

/** The recent submissions, newest first. */
export const renderRecent = (submissions: readonly SubmissionSummary[], now: number, style: Style): string =>
  renderTable(
    [
      { title: 'submission', text: ({ submissionId }) => submissionId },
      { title: 'hotkey', text: ({ hotkey }) => shortened(hotkey) },
      { title: 'uid', align: 'right', text: ({ uid }) => (uid === null ? '' : String(uid)) },
      { title: 'block', align: 'right', text: ({ commitBlock }) => String(commitBlock) },
      { title: 'stage', text: ({ stage }) => stage, colour: ({ stage }, paint) => stageColour(stage, paint) },
      { title: 'MFU', align: 'right', text: ({ mfu }) => mfuText(mfu) },
      { title: 'error', text: ({ error }) => error?.code ?? '' },
      { title: 'since', align: 'right', text: ({ updatedAt }) => distanceText(updatedAt, now) },
    ],
    submissions,
    style,
  );

/** One line for a log that follows a submission: whatever has changed. */
export const changeText = (view: SubmissionView): string => {
  const { submissionId, stage, waitsFor, attempts, mfu, error } = view;
  const last = attempts.at(-1);
  return printable(
    [
      `${submissionId} ${stage}`,
      waitsFor === null ? null : `waits for ${waitsFor.what}`,
      last ? `attempt ${last.number}: ${last.outcome} ${mfuText(last.mfu)}`.trimEnd() : null,
      view.settled && mfu !== null ? `score ${mfuText(mfu)}` : null,
      error ? `${error.code}: ${error.message}` : null,
    ]
      .filter((part) => part !== null)
      .join(' · '),
  );
};
