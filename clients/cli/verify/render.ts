import type { Finding, ScanReport } from '../../../lib/scan/index.js';
import { printable, printableLines } from '../output/escape.js';
import { mfuText, secondsText } from '../output/format.js';
import type { Style } from '../output/style.js';
import { isGood, type CpuRun, type FileVerdict } from './verdict.js';

/** A verdict for people: each finding with its place, its line of source and its remedy, then a summary. */
export const renderVerdict = (
  { file, text, report, error }: Omit<FileVerdict, 'run'>,
  style: Style,
): string => {
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

/** What the attempt on a CPU said of a file, with its remedy and the end of its output when it failed. */
export const renderRun = (
  file: string,
  { outcome, mfu, seconds, error, outputTail }: CpuRun,
  style: Style,
): string => {
  const name = style.bold(printable(file));
  if (!error) {
    const measured = `${mfuText(mfu)} MFU of this CPU, timed window ${secondsText(seconds)}`;
    return `${name} ${style.green('runs')} ${style.dim(`(${measured})`)}\n`;
  }
  const output = printableLines(lastLines(outputTail));
  return [
    `${name} ${style.red(outcome)} ${printable(error.message)}`,
    `    ${style.dim(printable(error.remedy))}`,
    ...(output === '' ? [] : output.split('\n').map((line) => `    ${style.dim('|')} ${line}`)),
    '',
  ].join('\n');
};

/** An exception's last lines say what went wrong; `crusades benchmark` prints all. */
const OUTPUT_LINES = 10;

const lastLines = (text: string): string => text.trimEnd().split('\n').slice(-OUTPUT_LINES).join('\n');

/** The line under several files. */
export const renderSummary = (verdicts: readonly FileVerdict[], seconds: number, style: Style): string => {
  const refused = verdicts.filter(({ report }) => report && !report.ok).length;
  const unread = verdicts.filter(({ error }) => error).length;
  const failed = verdicts.filter(({ run }) => run?.error).length;
  const good = verdicts.filter(isGood).length;
  const parts = [
    good > 0 ? style.green(`${count(good, 'file')} good`) : `0 files good`,
    refused > 0 ? style.red(`${refused} refused`) : null,
    failed > 0 ? style.red(`${failed} failed to run`) : null,
    unread > 0 ? style.red(`${unread} not checked`) : null,
  ].filter((part) => part !== null);
  return `${parts.join(', ')} ${style.dim(`(${secondsText(seconds)})`)}`;
};

/** What nobody can tell from the text alone. */
export const SCAN_LIMITS =
  'The scan only reads the code. Whether it trains honestly and how fast is measured by `crusades benchmark`; ' +
  'whether somebody committed the same code before is known to the validator alone.';

/** What one attempt on a CPU leaves open. */
export const RUN_LIMITS =
  'One attempt with a small model on a CPU finds mistakes of the contract. What a GPU makes of the code, and its ' +
  'score, shows there only; whether somebody committed the same code before is known to the validator alone.';
