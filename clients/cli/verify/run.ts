import { createHash } from 'node:crypto';
import { CrusadesError, type ErrorReport } from '../../../lib/errors/index.js';
import { createScanner, type Scanner } from '../../../lib/scan/index.js';
import { loadSettings, type Hparams } from '../../../lib/settings/index.js';
import { EXIT, exitCodeOf } from '../action.js';
import { printJson } from '../output/json.js';
import { note, print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor } from '../output/style.js';
import type { VerifyOptions } from '../verify.js';
import { renderVerdict, SCAN_LIMITS, verdictJson, type FileVerdict } from './render.js';
import { fetchSource, isUrl, readSource } from './source.js';

/** Scans each file or URL. @returns the worst exit code of them */
export async function verify(
  files: readonly string[],
  { json }: VerifyOptions,
  signal: AbortSignal,
): Promise<number> {
  const style = styleFor(process.stdout);
  const settings = files.some(isUrl) ? loadSettings().hparams : null;
  const scanner = createScanner();
  const abort = (): void => void scanner.close();
  signal.addEventListener('abort', abort, { once: true });
  const verdicts: FileVerdict[] = [];
  try {
    for (const file of files) {
      signal.throwIfAborted();
      const verdict = await withProgress(`scanning ${file}`, () => judge(file, scanner, settings, signal));
      signal.throwIfAborted();
      verdicts.push(verdict);
      if (!json) print(renderVerdict(verdict, style));
    }
  } finally {
    signal.removeEventListener('abort', abort);
    await scanner.close();
  }
  if (json) printJson(verdicts.map(verdictJson));
  else if (verdicts.some(({ report }) => report?.ok)) note(styleFor(process.stderr).dim(SCAN_LIMITS));
  return Math.max(...verdicts.map(exitCode));
}

const judge = async (
  file: string,
  scanner: Scanner,
  settings: Hparams | null,
  signal: AbortSignal,
): Promise<FileVerdict> => {
  let text: string | null = null;
  try {
    text = await textOf(file, settings, signal);
    return { file, text, report: await scanner.scan(text), error: null };
  } catch (error) {
    if (!(error instanceof CrusadesError)) throw error;
    return { file, text, report: null, error: withHash(error.report(), text) };
  }
};

const textOf = async (file: string, settings: Hparams | null, signal: AbortSignal): Promise<string> =>
  isUrl(file) && settings !== null
    ? (await fetchSource(file, settings, signal)).text
    : readSource(file, signal);

/** Says which file broke the scanner, so that it can be found again. */
const withHash = (report: ErrorReport, text: string | null): ErrorReport =>
  text === null
    ? report
    : { ...report, details: { ...report.details, sha256: createHash('sha256').update(text).digest('hex') } };

const exitCode = ({ report, error }: FileVerdict): number => {
  if (error) return exitCodeOf(error);
  return report?.ok ? EXIT.good : EXIT.no;
};
