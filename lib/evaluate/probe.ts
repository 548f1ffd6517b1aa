import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { crusadesError } from '../errors/index.js';
import { probeSchema, type DeviceProbe } from './messages.js';

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;

/**
 * Asks the evaluator what device it would measure on. On a CPU it measures the peak by matrix products.
 *
 * @throws `evaluator_failed`
 */
export async function probeDevice(options: {
  readonly python: string;
  readonly sourceDir: string;
  readonly device: string;
  readonly threads: number;
  /** Ends the evaluator's process. */
  readonly signal?: AbortSignal;
}): Promise<DeviceProbe> {
  const { python, sourceDir, device, threads, signal } = options;
  const args = [
    '-m',
    'crusades_evaluator',
    'probe',
    '--device',
    device,
    '--threads',
    String(threads),
    '--json',
  ];
  try {
    const { stdout } = await run(python, args, {
      timeout: TIMEOUT_MS,
      ...(signal && { signal }),
      env: { ...process.env, PYTHONPATH: sourceDir },
    });
    return probeSchema.parse(JSON.parse(stdout));
  } catch (error) {
    const reason = `the device ${device} could not be probed (${lastLine(error)})`;
    throw crusadesError('evaluator_failed', { reason }, { cause: error });
  }
}

const lastLine = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').at(-1) ?? text;
};
