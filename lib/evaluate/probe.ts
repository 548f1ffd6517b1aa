import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { crusadesError } from '../errors/index.js';
import { evaluatorFault } from './faults.js';
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
    const told = toldBy(error);
    if (told) throw evaluatorFault(told.code, told.message);
    const reason = `the device ${device} could not be probed (${lastLine(error)})`;
    throw crusadesError('evaluator_failed', { reason }, { cause: error });
  }
}

/** What the evaluator wrote about a fault of its own: a line `code: message`, then the remedy. */
const toldBy = (error: unknown): { readonly code: string; readonly message: string } | null => {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const [, code, message] = /^([a-z_]+): (.+)$/m.exec(stderr) ?? [];
  return code !== undefined && message !== undefined ? { code, message } : null;
};

const lastLine = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').at(-1) ?? text;
};
