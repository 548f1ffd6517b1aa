import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CrusadesError } from '../../../lib/errors/index.js';
import type { AttemptResult } from '../../../lib/evaluate/result.js';
import type { EvaluatorSession } from '../../../lib/evaluate/session.js';
import { specOf } from '../../../lib/evaluate/spec.js';
import { loadSettings, packaged } from '../../../lib/settings/index.js';
import { prepareEvaluator, type LocalEvaluator } from '../benchmark/evaluator.js';
import { withProgress } from '../output/progress.js';
import { shortName } from './short-name.js';
import { sha256Of, type CpuRun } from './verdict.js';

/** The validator's evaluator on this CPU, with a laptop's small model: one attempt a file. */
export interface CpuBench {
  /** Whatever went wrong is in the result. Aborted, it throws the signal's reason. */
  run(file: string, text: string): Promise<CpuRun>;
  close(): Promise<void>;
}

const DEVICE = { device: 'cpu', threads: 1 };

/** Installs, measures and starts the evaluator with the first file; its referee serves the others, too. */
export const createCpuBench = (signal: AbortSignal): CpuBench => {
  const { hparams } = loadSettings({ hparamsPath: packaged('hparams/local.json') });
  let evaluator: LocalEvaluator | undefined;
  let exchangeDir: string | undefined;
  let session: EvaluatorSession | undefined;
  let number = 0;

  const started = async () => {
    evaluator ??= await prepareEvaluator({ ...DEVICE, hparams }, signal);
    exchangeDir ??= await mkdtemp(path.join(tmpdir(), 'crusades-verify-'));
    if (!session?.alive()) {
      await session?.close();
      session = await evaluator.startSession(exchangeDir);
    }
    return { session, peak: evaluator.peak };
  };

  const attempt = async (file: string, code: string): Promise<AttemptResult> => {
    const referee = await started();
    number += 1;
    const spec = specOf({
      ...{ submissionId: 'verify', number, code, codeSha256: sha256Of(code), seed: null },
      ...{ ...DEVICE, settings: hparams, peak: referee.peak },
    });
    let phase = 'starting';
    return withProgress(
      () => `running ${shortName(file)}: ${phase}`,
      () => referee.session.run(spec, (event) => (phase = event.phase.replace('_', ' ')), signal),
    );
  };

  return {
    async run(file, text) {
      try {
        return runOf(await attempt(file, text));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof CrusadesError)) throw error;
        const report = error.report();
        return { outcome: report.code, mfu: null, seconds: null, error: report, outputTail: '' };
      }
    },
    async close() {
      await session?.close();
      if (exchangeDir !== undefined) await rm(exchangeDir, { recursive: true, force: true });
    },
  };
};

const runOf = ({ outcome, mfu, seconds, error, output_tail }: AttemptResult): CpuRun => ({
  ...{ outcome, mfu, seconds, error },
  outputTail: output_tail,
});
