import { pino } from 'pino';
import type { DeviceProbe } from '../../../lib/evaluate/messages.js';
import { probeDevice } from '../../../lib/evaluate/probe.js';
import { startEvaluatorSession, type EvaluatorSession } from '../../../lib/evaluate/session.js';
import { peakOf, type DevicePeak } from '../../../lib/evaluate/spec.js';
import { crusadesError } from '../../../lib/errors/index.js';
import { paths, provision } from '../../../lib/provision/index.js';
import type { Hparams } from '../../../lib/settings/index.js';
import { note } from '../output/print.js';
import { withProgress } from '../output/progress.js';

const READY_TIMEOUT_SECONDS = 120;

/** The evaluator as it is installed on this machine, and what its device can do. */
export interface LocalEvaluator {
  readonly probe: DeviceProbe;
  readonly peak: DevicePeak;
  /** @param exchangeDir the session makes a folder of its own in it */
  startSession(exchangeDir: string): Promise<EvaluatorSession>;
}

/**
 * Installs what is missing and measures the device; both with progress on standard error.
 *
 * @throws `provision_failed`, `evaluator_missing`, `evaluator_failed`, `gpu_peak_unknown`
 */
export const prepareEvaluator = async (
  {
    device,
    threads,
    hparams,
  }: { readonly device: string; readonly threads: number; readonly hparams: Hparams },
  signal: AbortSignal,
): Promise<LocalEvaluator> => {
  const evaluator = await evaluatorEnvironment(signal);
  const probe = await withProgress(`measuring what ${device} can do`, () =>
    probeDevice({ ...evaluator, device, threads, signal }),
  );
  signal.throwIfAborted();
  const peak = peakOf({ name: probe.name, measuredFlops: probe.peak_flops }, hparams);
  return {
    probe,
    peak,
    startSession: (exchangeDir) =>
      withProgress('starting the evaluator', () =>
        startEvaluatorSession({
          ...{ ...evaluator, device, threads, exchangeDir, signal },
          readyTimeoutSeconds: READY_TIMEOUT_SECONDS,
          logger: pino({ level: 'silent' }),
        }),
      ),
  };
};

const evaluatorEnvironment = async (signal: AbortSignal) => {
  await provision(['evaluator'], {
    onProgress: ({ title, state, note: what }) => note(`${title}: ${what ?? state}`),
    signal,
  });
  const { evaluatorPython, evaluatorSource } = paths();
  if (evaluatorPython === null) throw crusadesError('evaluator_missing', { reason: 'it was not installed' });
  return { python: evaluatorPython, sourceDir: evaluatorSource };
};
