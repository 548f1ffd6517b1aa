import { printJson } from '../output/json.js';
import { note, print } from '../output/print.js';
import { styleFor } from '../output/style.js';
import type { VerifyOptions } from '../verify.js';
import { openChecks, type Checks } from './checks.js';
import { checkOptions } from './options.js';
import { renderRun, renderSummary, renderVerdict, RUN_LIMITS, SCAN_LIMITS } from './render.js';
import { findTargets } from './targets.js';
import { exitCodeOfVerdicts, verdictJson, type FileVerdict } from './verdict.js';
import { watchTargets } from './watch.js';

/** Checks files, folders and URLs, once or at each change. @returns the exit code of all of them */
export async function verify(
  paths: readonly string[],
  options: VerifyOptions,
  signal: AbortSignal,
): Promise<number> {
  checkOptions(paths, options);
  const checks = openChecks({ run: options.run === true, stays: options.watch === true }, signal);
  try {
    return options.watch
      ? await watchTargets(paths, checks, signal)
      : await verifyOnce(paths, options, checks, signal);
  } finally {
    await checks.close();
  }
}

const verifyOnce = async (
  paths: readonly string[],
  { json, sarif }: VerifyOptions,
  checks: Checks,
  signal: AbortSignal,
): Promise<number> => {
  const started = performance.now();
  const inWords = !json && sarif !== true;
  const style = styleFor(process.stdout);
  const verdicts = await checks.check(await findTargets(paths, signal), {
    scanned: (verdict) => inWords && print(renderVerdict(verdict, style)),
    ran: ({ file, run }) => inWords && run && print(renderRun(file, run, style)),
  });
  const seconds = (performance.now() - started) / 1000;
  if (sarif !== undefined) await tellSarif(verdicts, sarif);
  if (json) printJson(verdicts.map(verdictJson));
  else if (inWords) {
    if (verdicts.length > 1) print(renderSummary(verdicts, seconds, style));
    noteLimits(verdicts);
  }
  return exitCodeOfVerdicts(verdicts);
};

/** What the good ones must not be taken for. */
const noteLimits = (verdicts: readonly FileVerdict[]): void => {
  if (!verdicts.some(({ report }) => report?.ok)) return;
  const ran = verdicts.some(({ run }) => run && !run.error);
  note(styleFor(process.stderr).dim(ran ? RUN_LIMITS : SCAN_LIMITS));
};

const tellSarif = async (verdicts: readonly FileVerdict[], file: string | true): Promise<void> => {
  const [{ sarifLog, writeSarif }, { version }] = await Promise.all([
    import('./sarif.js'),
    import('../version.js'),
  ]);
  const log = sarifLog(verdicts, { version: version(), folder: process.cwd() });
  if (file === true) process.stdout.write(`${JSON.stringify(log, undefined, 2)}\n`);
  else await writeSarif(file, log);
};
