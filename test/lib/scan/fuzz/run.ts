import { z } from 'zod';

import { CrusadesError } from '../../../../lib/errors/index.js';
import { createScanner, type ScanReport } from '../../../../lib/scan/index.js';
import { inputsOf, readCorpus, type FuzzInput } from './inputs.js';

/** Whoever scans may wait as long as this for one file (lib/scan/scanner.ts). */
const SLOW_SECONDS = 5;

/** An input that breaks what the scanner promises, for a closer look. */
export interface KeptInput extends FuzzInput {
  /** Which input it was, counted from 0. */
  readonly index: number;
  readonly reason: string;
}

export interface FuzzSummary {
  readonly seed: number;
  readonly seconds: number;
  readonly inputs: number;
  /** Those with a syntax tree. */
  readonly parsed: number;
  readonly rejected: number;
  readonly slowest: { readonly seconds: number; readonly kind: string; readonly index: number };
  /** Inputs that ended in `scan_resource_limit`, by what they broke. */
  readonly limits: Readonly<Record<string, number>>;
  readonly crashes: readonly KeptInput[];
  /** Those that ended in `scan_resource_limit` because they took too long: bombs that a bound of the rules has missed. */
  readonly slow: readonly KeptInput[];
}

export interface FuzzOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly onProgress?: (summary: FuzzSummary) => void;
  readonly signal?: AbortSignal;
}

/** Scans one random input after the other until time is up or `signal` says so. */
export const fuzz = async ({ seed, seconds, onProgress, signal }: FuzzOptions): Promise<FuzzSummary> => {
  const corpus = await readCorpus();
  const scanner = createScanner({ warm: true });
  // Loading CPython is no part of the time.
  await scanner.scan('').catch(() => undefined);
  const started = performance.now();
  let summary: FuzzSummary = {
    ...{ seed, seconds: 0, inputs: 0, parsed: 0, rejected: 0, limits: {}, crashes: [], slow: [] },
    slowest: { seconds: 0, kind: 'none', index: 0 },
  };
  const onAbort = () => void scanner.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (const input of inputsOf(corpus, seed)) {
      if (signal?.aborted || performance.now() - started >= seconds * 1000) break;
      const asked = performance.now();
      const outcome = await outcomeOf(input.text, scanner);
      const isSlow = performance.now() - asked >= SLOW_SECONDS * 1000;
      // What was under way when somebody pressed Ctrl-C tells nothing.
      if (signal?.aborted) break;
      summary = {
        ...counted(summary, input, outcome, isSlow),
        seconds: (performance.now() - started) / 1000,
      };
      onProgress?.(summary);
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await scanner.close();
  }
  return summary;
};

/** What became of one input: a report, a limit, or something that must not happen. */
export type Outcome =
  | { readonly kind: 'report'; readonly report: ScanReport }
  | { readonly kind: 'limit'; readonly reason: string }
  | { readonly kind: 'crash'; readonly reason: string };

export const outcomeOf = async (
  text: string,
  scanner: Pick<ReturnType<typeof createScanner>, 'scan'>,
): Promise<Outcome> => {
  try {
    const report = await scanner.scan(text);
    const fault = faultOf(report, text);
    return fault === undefined ? { kind: 'report', report } : { kind: 'crash', reason: fault };
  } catch (error) {
    const isLimit = error instanceof CrusadesError && error.code === 'scan_resource_limit';
    const reason = error instanceof Error ? error.message : String(error);
    return isLimit ? { kind: 'limit', reason: limitOf(error) ?? reason } : { kind: 'crash', reason };
  }
};

const limitOf = ({ details }: CrusadesError): string | undefined => {
  const reason: unknown = details['reason'];
  return typeof reason === 'string' ? reason : undefined;
};

const HASH = /^[0-9a-f]{64}$/;
const place = z.number().int().positive();
const finding = z.object({
  ...{
    rule: z.string().min(1),
    severity: z.enum(['reject', 'warn']),
    text: z.string(),
    reason: z.string().min(1),
  },
  ...{ remedy: z.string().min(1), line: place, column: place, endLine: place, endColumn: place },
});
const reports = z.object({
  ...{ ok: z.boolean(), policy: z.string().min(1), sha256: z.string().regex(HASH) },
  ...{ normalised: z.union([z.literal(''), z.string().regex(HASH)]), seconds: z.number().nonnegative() },
  findings: z.array(finding),
});

/** What is wrong with a report, whatever the text is; undefined for a good one. */
const faultOf = (report: ScanReport, text: string): string | undefined => {
  const shape = reports.safeParse(report);
  if (!shape.success) return `the report has another shape: ${z.prettifyError(shape.error)}`;
  const lines = text.split(/\r\n|\r|\n/).length;
  const misplaced = report.findings.find(({ line, endLine }) => line > lines || endLine < line);
  if (misplaced)
    return `${misplaced.rule} is placed at lines ${misplaced.line} to ${misplaced.endLine} of ${lines}`;
  const rejects = report.findings.some(({ severity }) => severity === 'reject');
  if (report.ok === rejects) return `ok is ${report.ok}, and there are ${rejects ? 'some' : 'no'} refusals`;
  if (report.seconds > SLOW_SECONDS) return `it took ${report.seconds.toFixed(1)} s`;
  return undefined;
};

const counted = (summary: FuzzSummary, input: FuzzInput, outcome: Outcome, isSlow: boolean): FuzzSummary => {
  const index = summary.inputs;
  const next = { ...summary, inputs: index + 1 };
  if (outcome.kind === 'crash')
    return { ...next, crashes: [...summary.crashes, { ...input, index, reason: outcome.reason }] };
  if (outcome.kind === 'limit') {
    const count = (summary.limits[outcome.reason] ?? 0) + 1;
    const slow = isSlow ? [...summary.slow, { ...input, index, reason: outcome.reason }] : summary.slow;
    return { ...next, slow, limits: { ...summary.limits, [outcome.reason]: count } };
  }
  const { report } = outcome;
  const isSlowest = report.seconds > summary.slowest.seconds;
  return {
    ...next,
    parsed: summary.parsed + (report.normalised === '' ? 0 : 1),
    rejected: summary.rejected + (report.ok ? 0 : 1),
    slowest: isSlowest ? { seconds: report.seconds, kind: input.kind, index } : summary.slowest,
  };
};
