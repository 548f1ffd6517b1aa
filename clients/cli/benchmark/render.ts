import type { DeviceProbe } from '../../../lib/evaluate/messages.js';
import type { AttemptResult } from '../../../lib/evaluate/result.js';
import type { DevicePeak } from '../../../lib/evaluate/spec.js';
import type { Score } from '../../../lib/scoring/index.js';
import { printable, printableLines } from '../output/escape.js';
import { mfuText } from '../output/format.js';
import type { Style } from '../output/style.js';
import { renderFacts } from '../output/table.js';
import { renderStatistics } from '../show/render.js';
import { renderAttempts, renderError, renderRemedies } from '../status/render.js';

/** What `benchmark --json` prints, in snake_case. */
export interface Benchmark {
  readonly file: string;
  readonly sha256: string;
  readonly settingsHash: string;
  readonly device: DeviceProbe;
  readonly peak: DevicePeak;
  readonly attempts: readonly AttemptResult[];
  readonly score: Score;
}

export const renderBenchmark = (result: Benchmark, style: Style): string => {
  const { attempts, score } = result;
  const views = attempts.map(({ attempt, outcome, mfu, seconds, error }) => ({
    ...{ evaluation: 1, number: attempt, outcome, mfu, seconds, error },
  }));
  const measured = attempts.map(({ attempt, statistics }) => ({ number: attempt, statistics }));
  return [
    '',
    renderAttempts(views, style),
    renderRemedies(views, style),
    renderStatistics(measured, style),
    failedOutput(attempts, style),
    renderFacts(
      [
        ['device', `${result.device.name}, ${result.device.threads} thread(s), torch ${result.device.torch}`],
        ['100 % MFU', `${(result.peak.flops / 1e12).toPrecision(3)} TFLOP/s, ${result.peak.source}`],
        ['isolation', isolationText(attempts)],
      ],
      style,
    ),
    verdict(score, style),
    result.device.device === 'cpu' ? style.yellow(CPU_NOTICE) : '',
  ]
    .filter((part, index) => part !== '' || index === 0)
    .join('\n\n')
    .trimStart();
};

const verdict = (score: Score, style: Style): string =>
  score.kind === 'scored'
    ? `${style.green('scored')}: ${style.bold(mfuText(score.mfu))} MFU, the median of ${score.succeeded} of ${score.runs} attempt(s)`
    : renderError(score.error, style);

const isolationText = (attempts: readonly AttemptResult[]): string | null => {
  const last = attempts.at(-1)?.isolation;
  if (!last) return null;
  return last.notice === null ? last.mode : `${last.mode}: ${last.notice}`;
};

/** What the code printed in the last attempt that failed: it tells most of what went wrong. */
const failedOutput = (attempts: readonly AttemptResult[], style: Style): string => {
  const failed = attempts.findLast(({ error, output_tail }) => error !== null && output_tail.trim() !== '');
  if (!failed) return '';
  const title = style.bold(printable(`Output of attempt ${failed.attempt}, escaped`));
  return `${title}\n${printableLines(failed.output_tail.trimEnd())}`;
};

export const CPU_NOTICE =
  'Measured on a CPU with a small model, against the peak that matrix products reached here: this is not the ' +
  'score of a GPU. What the statistics say of honest training holds for both.';
