import { createHash } from 'node:crypto';
import type { ErrorReport } from '../../../lib/errors/index.js';
import type { ScanReport } from '../../../lib/scan/index.js';
import { EXIT, exitCodeOf } from '../action.js';

/** One attempt on this machine's CPU. */
export interface CpuRun {
  /** `scored`, or the code of what was wrong. */
  readonly outcome: string;
  /** Percent of what matrix products reach on this CPU. */
  readonly mfu: number | null;
  /** Length of the timed window. */
  readonly seconds: number | null;
  readonly error: ErrorReport | null;
  /** The end of what the code printed. */
  readonly outputTail: string;
}

/** What became of one file: a report, or the error that kept it from being scanned. */
export interface FileVerdict {
  readonly file: string;
  /** The scanned text; null when there is none. */
  readonly text: string | null;
  readonly report: ScanReport | null;
  /** Null unless it was asked for and the scan passed. */
  readonly run: CpuRun | null;
  readonly error: ErrorReport | null;
}

export const isGood = (verdict: FileVerdict): boolean => exitCodeOfVerdict(verdict) === EXIT.good;

/** From the one that hides most of the answer: a broken machine, a refused file, one that could not be read. */
const BY_WEIGHT = [EXIT.infrastructure, EXIT.no, EXIT.wrongUse];

/** Exit code of all files together. */
export const exitCodeOfVerdicts = (verdicts: readonly FileVerdict[]): number => {
  const codes = verdicts.map(exitCodeOfVerdict);
  return BY_WEIGHT.find((code) => codes.includes(code)) ?? EXIT.good;
};

const exitCodeOfVerdict = ({ report, run, error }: FileVerdict): number => {
  if (error) return exitCodeOf(error);
  if (!report?.ok) return EXIT.no;
  return run?.error ? exitCodeOf(run.error) : EXIT.good;
};

/** Object of one file in the array that `--json` prints. */
export const verdictJson = (verdict: FileVerdict) => {
  const { file, text, report, run, error } = verdict;
  return {
    file,
    ok: isGood(verdict),
    policy: report?.policy ?? null,
    // Also of a file that broke the scanner, so that it can be found again.
    sha256: report?.sha256 ?? (text === null ? null : sha256Of(text)),
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
    run: run && { outcome: run.outcome, mfu: run.mfu, seconds: run.seconds, error: errorJson(run.error) },
    error: errorJson(error),
  };
};

const errorJson = (error: ErrorReport | null) =>
  error && { code: error.code, message: error.message, remedy: error.remedy };

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
