import type { Command } from 'commander';
import { printableLines } from './output/escape.js';
import { CrusadesError, crusadesError, type ErrorReport } from '../../lib/errors/index.js';

/** What a command answers to the shell. */
export const EXIT = { good: 0, no: 1, wrongUse: 2, infrastructure: 3 } as const;

/** Stages whose errors mean that the command was called wrongly, not that the world is broken. */
const WRONG_USE_STAGES: readonly string[] = ['command', 'settings'];

/** Exit code of an error: the miner's fault is an answer, the caller's is wrong use, the rest is infrastructure. */
export const exitCodeOf = ({ stage, fault }: Pick<ErrorReport, 'stage' | 'fault'>): number => {
  if (WRONG_USE_STAGES.includes(stage)) return EXIT.wrongUse;
  return fault === 'miner' ? EXIT.no : EXIT.infrastructure;
};

/**
 * Wraps a command's work: sets the exit code, and says foreseeable faults in words, or as JSON on standard
 * output where `--json` was given. Only what nobody foresaw shows a stack, and only in the log level `debug`.
 *
 * @param work returns the exit code; nothing is 0
 */
export const action =
  <Args extends unknown[]>(work: (...args: Args) => Promise<number | void>) =>
  async (...args: Args): Promise<void> => {
    try {
      process.exitCode = (await work(...args)) ?? EXIT.good;
    } catch (error) {
      process.exitCode = tellFailure(error, wantsJson(args));
    }
  };

/** Says what went wrong. @returns the exit code */
export function tellFailure(error: unknown, json: boolean): number {
  const known = error instanceof CrusadesError ? error : namedByReason(error);
  const report = known.report();
  if (json) process.stdout.write(`${JSON.stringify({ error: report })}\n`);
  else process.stderr.write(`${printableLines(`${report.message}\n${report.remedy}`)}\n(${report.code})\n`);
  if (known !== error && process.env['CRUSADES_LOG_LEVEL'] === 'debug') console.error(error);
  return exitCodeOf(report);
}

/** Whatever a command writes, its own files or the evaluator's, may meet a full disk. */
export const isOutOfSpace = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

const namedByReason = (error: unknown): CrusadesError => {
  const reason = error instanceof Error ? error.message : String(error);
  return isOutOfSpace(error)
    ? crusadesError('output_unwritable', { reason })
    : crusadesError('internal_error', { reason });
};

/** Commander hands the command itself to its action as the last argument. */
const wantsJson = (args: readonly unknown[]): boolean => {
  const command = args.at(-1) as Command | undefined;
  return command?.optsWithGlobals?.()['json'] === true;
};
