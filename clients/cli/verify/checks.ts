import { CrusadesError } from '../../../lib/errors/index.js';
import { createScanner, type Scanner } from '../../../lib/scan/index.js';
import { loadSettings, type Hparams } from '../../../lib/settings/index.js';
import { withProgress } from '../output/progress.js';
import type { CpuBench } from './cpu-bench.js';
import { shortName } from './short-name.js';
import { fetchSource, readSource } from './source.js';
import type { Target } from './targets.js';
import type { FileVerdict } from './verdict.js';

/** Told as soon as something is known of one file. */
export interface CheckTellers {
  readonly scanned: (verdict: FileVerdict) => unknown;
  readonly ran: (verdict: FileVerdict) => unknown;
}

/** A scanner, and what runs programs where that is wanted. */
export interface Checks {
  /** Scans all, then runs those that pass. Aborted, it throws the signal's reason. */
  check(targets: readonly Target[], tell: CheckTellers): Promise<FileVerdict[]>;
  close(): Promise<void>;
}

/** Between two edits of somebody at work the scanner stays loaded. */
const IDLE_SECONDS = { once: 30, stays: 3600 };

/**
 * @param run also runs what passes
 * @param stays files are going to be checked again and again
 */
export const openChecks = (
  { run, stays }: { readonly run: boolean; readonly stays: boolean },
  signal: AbortSignal,
): Checks => {
  const scanner = createScanner({ idleSeconds: stays ? IDLE_SECONDS.stays : IDLE_SECONDS.once });
  let bench: CpuBench | undefined;
  // Only who runs programs loads what installs and drives the evaluator.
  const openBench = async () => (bench ??= (await import('./cpu-bench.js')).createCpuBench(signal));
  const abort = (): void => void scanner.close();
  signal.addEventListener('abort', abort, { once: true });
  return {
    async check(targets, tell) {
      const scanned = await scanAll(targets, scanner, tell.scanned, signal);
      return run ? runGood(scanned, await openBench(), tell.ran) : scanned;
    },
    async close() {
      signal.removeEventListener('abort', abort);
      await Promise.all([scanner.close(), bench?.close()]);
    },
  };
};

const scanAll = async (
  targets: readonly Target[],
  scanner: Scanner,
  tell: CheckTellers['scanned'],
  signal: AbortSignal,
): Promise<FileVerdict[]> => {
  const settings = targets.some(({ kind }) => kind === 'url') ? loadSettings().hparams : null;
  const verdicts: FileVerdict[] = [];
  const doing = (): string => {
    const { length } = verdicts;
    const place = targets.length > 1 ? `${length + 1} of ${targets.length}, ` : '';
    return `scanning ${place}${shortName(targets[length]?.name ?? '')}`;
  };
  await withProgress(doing, async (clear) => {
    for (const target of targets) {
      signal.throwIfAborted();
      const verdict = await judge(target, scanner, settings, signal);
      signal.throwIfAborted();
      clear();
      tell(verdict);
      verdicts.push(verdict);
    }
  });
  return verdicts;
};

const judge = async (
  target: Target,
  scanner: Scanner,
  settings: Hparams | null,
  signal: AbortSignal,
): Promise<FileVerdict> => {
  const verdict = { file: target.name, text: null, report: null, run: null, error: null };
  let text: string | null = null;
  try {
    text = await textOf(target, settings, signal);
    return { ...verdict, text, report: await scanner.scan(text) };
  } catch (error) {
    if (!(error instanceof CrusadesError)) throw error;
    return { ...verdict, text, error: error.report() };
  }
};

const textOf = async (target: Target, settings: Hparams | null, signal: AbortSignal): Promise<string> => {
  if (target.error) throw target.error;
  return target.kind === 'url' && settings
    ? (await fetchSource(target.name, settings, signal)).text
    : readSource(target.name, signal);
};

const runGood = async (
  scanned: readonly FileVerdict[],
  bench: CpuBench,
  tell: CheckTellers['ran'],
): Promise<FileVerdict[]> => {
  const verdicts: FileVerdict[] = [];
  for (const verdict of scanned) {
    const passed = verdict.report?.ok === true && verdict.text !== null;
    const ran = passed ? { ...verdict, run: await bench.run(verdict.file, verdict.text) } : verdict;
    if (passed) tell(ran);
    verdicts.push(ran);
  }
  return verdicts;
};
