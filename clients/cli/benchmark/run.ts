import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AttemptResult } from '../../../lib/evaluate/result.js';
import type { EvaluatorSession } from '../../../lib/evaluate/session.js';
import { specOf, type DevicePeak } from '../../../lib/evaluate/spec.js';
import { crusadesError } from '../../../lib/errors/index.js';
import { createScanner } from '../../../lib/scan/index.js';
import { outlookOf, scoreOf } from '../../../lib/scoring/index.js';
import { loadSettings, packaged, settingsHash, type Hparams } from '../../../lib/settings/index.js';
import { EXIT } from '../action.js';
import type { BenchmarkOptions } from '../benchmark.js';
import { printable } from '../output/escape.js';
import { printJson } from '../output/json.js';
import { note, print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor } from '../output/style.js';
import { readSource } from '../verify/source.js';
import { prepareEvaluator } from './evaluator.js';
import { phaseTeller } from './phases.js';
import { renderBenchmark, type Benchmark } from './render.js';

/** @returns 0 when the file gets a score, 1 when it does not */
export async function benchmark(
  file: string,
  options: BenchmarkOptions,
  signal: AbortSignal,
): Promise<number> {
  const code = await readSource(file, signal);
  const hparams = settingsOf(options);
  await warnOfFindings(file, code, signal);
  const { device, threads } = options;
  const evaluator = await prepareEvaluator({ device, threads, hparams }, signal);
  const { probe, peak } = evaluator;

  const exchangeDir = await mkdtemp(path.join(tmpdir(), 'crusades-benchmark-'));
  let session: EvaluatorSession | undefined;
  try {
    session = await evaluator.startSession(exchangeDir);
    const sha256 = createHash('sha256').update(code).digest('hex');
    const attempts = await runAttempts(session, { code, sha256, hparams, options, peak }, signal);
    const result: Benchmark = {
      ...{ file, sha256, device: probe, peak, attempts, settingsHash: settingsHash(hparams) },
      score: scoreOf(attempts, hparams),
    };
    if (options.json) printJson(result);
    else print(renderBenchmark(result, styleFor(process.stdout)));
    return result.score.kind === 'scored' ? EXIT.good : EXIT.no;
  } finally {
    await session?.close();
    await rm(exchangeDir, { recursive: true, force: true });
  }
}

/** A laptop's settings for a CPU, the competition's for a GPU, unless others are named. */
const settingsOf = ({ attempts, device, hparams: named }: BenchmarkOptions): Hparams => {
  const file = device === 'cpu' ? packaged('hparams/local.json') : undefined;
  const hparamsPath = named ?? process.env['CRUSADES_HPARAMS'] ?? file;
  const { hparams } = loadSettings(hparamsPath === undefined ? {} : { hparamsPath });
  if ((hparams.gpu_class === 'cpu') !== (device === 'cpu')) {
    throw crusadesError('argument_invalid', {
      argument: '--device',
      reason: `these settings are for the GPU class ${hparams.gpu_class}, not for ${device}; choose others with --hparams`,
    });
  }
  return attempts === undefined ? hparams : { ...hparams, evaluation_runs: attempts };
};

/** A validator would not even evaluate it; the miner may want to know how fast it is all the same. */
const warnOfFindings = async (file: string, code: string, signal: AbortSignal): Promise<void> => {
  const scanner = createScanner();
  const abort = (): void => void scanner.close();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const report = await withProgress('scanning', () => scanner.scan(code));
    signal.throwIfAborted();
    if (report.ok) return;
    const style = styleFor(process.stderr);
    note(
      style.yellow(
        `The scan refuses this file, so no validator evaluates it: see \`crusades verify ${printable(file)}\`.`,
      ),
    );
  } finally {
    signal.removeEventListener('abort', abort);
    await scanner.close();
  }
};

interface Work {
  readonly code: string;
  readonly sha256: string;
  readonly hparams: Hparams;
  readonly options: BenchmarkOptions;
  readonly peak: DevicePeak;
}

/** As many as a validator would make: it stops when the verdict is certain. */
const runAttempts = async (
  session: EvaluatorSession,
  { code, sha256, hparams, options, peak }: Work,
  signal: AbortSignal,
): Promise<AttemptResult[]> => {
  const attempts: AttemptResult[] = [];
  while (outlookOf(attempts, hparams) === 'continue') {
    const number = attempts.length + 1;
    const teller = phaseTeller(number, hparams.evaluation_runs);
    const spec = specOf({
      ...{ submissionId: 'benchmark', number, code, codeSha256: sha256, seed: null },
      ...{ settings: hparams, device: options.device, threads: options.threads, peak },
    });
    try {
      const result = await session.run(spec, teller.phase, signal);
      attempts.push(result);
      teller.done(result);
    } finally {
      teller.end();
    }
  }
  return attempts;
};
