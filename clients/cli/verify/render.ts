import type { ErrorReport } from '../../../lib/errors/index.js';
import type { Finding, ScanReport } from '../../../lib/scan/index.js';
import { printable } from '../output/escape.js';
import type { Style } from '../output/style.js';

/** What became of one file: a report, or the error that kept it from being scanned. */
export interface FileVerdict {
  readonly file: string;
  /** The scanned text; null when there is none. */
  readonly text: string | null;
  readonly report: ScanReport | null;
  readonly error: ErrorReport | null;
}

/** Object of one file in the array that `--json` prints. */
export const verdictJson = ({ file, report, error }: FileVerdict) => ({
  file,
  ok: report?.ok ?? false,
  policy: report?.policy ?? null,
  sha256: report?.sha256 ?? null,
  normalised: report?.normalised ?? null,
  seconds: report?.seconds ?? null,
  findings: (report?.findings ?? []).map((finding) => ({
    rule: finding.rule,
    severity: finding.severity,
    line: finding.line,
    column: finding.column,
    end_line: finding.endLine,
    end_column: finding.endColumn,
    text: finding.text,
    reason: finding.reason,
    remedy: finding.remedy,
  })),
  error,
});

/** A verdict for people: each finding with its place, its line of source and its remedy, then a summary. */
export const renderVerdict = ({ file, text, report, error }: FileVerdict, style: Style): string => {
  const name = printable(file);
  if (error)
    return `${name}: ${style.red(error.code)} ${printable(error.message)}\n  ${printable(error.remedy)}\n`;
  if (!report) return '';
  const lines = (text ?? '').split(/\r\n|\r|\n/);
  const findings = report.findings.map((finding) => renderFinding(name, finding, lines, style));
  return [...findings, summary(name, report, style)].join('\n');
};

const renderFinding = (file: string, finding: Finding, lines: readonly string[], style: Style): string => {
  const { line, column, rule, severity, reason, remedy } = finding;
  const paint = severity === 'reject' ? style.red : style.yellow;
  const place = style.bold(`${file}:${line}:${column}`);
  return [
    `${place} ${paint(severity === 'reject' ? rule : `${rule} (warning)`)} ${printable(reason)}`,
    ...excerpt(finding, lines[line - 1] ?? '', paint),
    `    ${style.dim(printable(remedy))}`,
    '',
  ].join('\n');
};

/** So much of a line of source is shown around the finding. */
const EXCERPT_BEFORE = 40;
const EXCERPT_LENGTH = 100;

/** The line of source with a caret under the offending text; columns are those of the escaped line. */
const excerpt = (finding: Finding, source: string, paint: (text: string) => string): string[] => {
  const from = finding.column - 1;
  const to = finding.endLine === finding.line ? finding.endColumn - 1 : source.length;
  const start = from <= EXCERPT_BEFORE ? 0 : from - EXCERPT_BEFORE;
  const cut = start === 0 ? '' : '…';
  const before = `${cut}${shown(source.slice(start, from))}`;
  const marked = shown(source.slice(from, Math.min(to, start + EXCERPT_LENGTH)));
  const rest = source.slice(Math.max(from, Math.min(to, start + EXCERPT_LENGTH)));
  const after = `${shown(rest.slice(0, Math.max(0, EXCERPT_LENGTH - before.length - marked.length)))}`;
  const width = Math.max(1, blank(marked).replaceAll(WIDE_BLANK, '  ').length);
  return [`    ${before}${marked}${after}`, `    ${blank(before)}${paint('^'.repeat(width))}`];
};

/** Characters that take two columns of a terminal (East Asian Width W and F, as far as code holds them). */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/gu;
const WIDE_BLANK = '\u3000';

/** Blanks as wide as the text. */
const blank = (text: string): string => text.replace(WIDE, WIDE_BLANK).replace(/[^\u3000]/gu, ' ');

/** A tab is one column of the finding, so it takes one place here, too. */
const shown = (source: string): string => printable(source.replaceAll('\t', ' '));

const summary = (file: string, { ok, policy, sha256, findings }: ScanReport, style: Style): string => {
  const rejecting = findings.filter(({ severity }) => severity === 'reject').length;
  const warnings = findings.length - rejecting;
  const counts = [
    rejecting > 0 ? count(rejecting, 'rule violation') : null,
    warnings > 0 ? count(warnings, 'warning') : null,
  ]
    .filter((part) => part !== null)
    .join(', ');
  const verdict = ok ? style.green('passes the scan') : style.red('is refused');
  return `${style.bold(file)} ${verdict}${counts === '' ? '' : `: ${counts}`} ${style.dim(`(policy ${policy}, sha256 ${sha256.slice(0, 16)}…)`)}\n`;
};

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** What nobody can tell from the text alone. */
export const SCAN_LIMITS =
  'The scan only reads the code. Whether it trains honestly and how fast is measured by `crusades benchmark`; ' +
  'whether somebody committed the same code before is known to the validator alone.';
