import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../provision/index.js';
import { withoutPasswords } from '../wallet/password.js';
import { choosePort, LOCAL_HOST } from './ports.js';
import { startProcess } from './process.js';
import type {
  DevnetOptions,
  GpuWorkerOptions,
  ManagedProcess,
  RunningDevnet,
  WorkerOptions,
} from './types.js';

const USUAL_DEVNET_PORT = 9944;
const DEVNET_READY_SECONDS = 60;
const WORKER_READY_SECONDS = 60;
/** PyTorch is imported and the peak of the device measured before the worker takes work. */
const GPU_WORKER_READY_SECONDS = 300;
/** A worker that is told to stop finishes its attempt first. */
const GPU_WORKER_GRACE_SECONDS = 60;
const CONTROL_WORKER_GRACE_SECONDS = 20;

/**
 * The control worker waits far more than it computes, so memory counts more than speed: V8 collects short-lived
 * garbage sooner (16 MB are usual, in each of its isolates), glibc keeps two heaps instead of eight a core. From the
 * limit of the old space V8 also derives how much garbage may gather before it collects there: with the usual 2 to
 * 4 GB up to three times what is in use, with 1 GB about half of it. Some 90 MB are in use in the main thread, 35 MB
 * in the workflows' thread. What that saves is in docs/measurements.md.
 */
export const CONTROL_WORKER_MEMORY = {
  nodeFlags: ['--max-semi-space-size=4', '--max-old-space-size=1024'],
  environment: { MALLOC_ARENA_MAX: '2' },
};

/** @throws port_taken, process_failed, process_start_timeout */
export const startDevnet = async (options: DevnetOptions): Promise<RunningDevnet> => {
  const port = await choosePort(options.port, { usual: USUAL_DEVNET_PORT, option: '--devnet-port' });
  const devnet = await startProcess({
    name: 'devnet',
    ...crusadesCommand([
      'devnet',
      `--port=${port}`,
      `--block-time=${options.blockTimeSeconds}`,
      `--state=${options.stateFile}`,
      '--json',
    ]),
    logFile: options.logFile,
    ready: { line: announcesReady },
    readyTimeoutSeconds: DEVNET_READY_SECONDS,
    ...(options.signal && { signal: options.signal }),
  });
  return { endpoint: `ws://${LOCAL_HOST}:${port}`, process: devnet };
};

/** @throws process_failed, process_start_timeout */
export const startControlWorker = (options: WorkerOptions): Promise<ManagedProcess> =>
  startWorker('control worker', ['worker', 'control'], options, {
    ...CONTROL_WORKER_MEMORY,
    opensKeys: true,
    readyTimeoutSeconds: WORKER_READY_SECONDS,
    graceSeconds: CONTROL_WORKER_GRACE_SECONDS,
  });

/** @throws process_failed, process_start_timeout */
export const startGpuWorker = (options: GpuWorkerOptions): Promise<ManagedProcess> =>
  startWorker(
    `GPU worker ${options.index}`,
    ['worker', 'gpu', `--index=${options.index}`, `--class=${options.gpuClass}`],
    options,
    { readyTimeoutSeconds: GPU_WORKER_READY_SECONDS, graceSeconds: GPU_WORKER_GRACE_SECONDS },
  );

const startWorker = (
  name: string,
  command: readonly string[],
  { env, args = [], logFile, signal }: WorkerOptions,
  { nodeFlags = [], environment = {}, opensKeys = false, ...times }: ProcessNature,
): Promise<ManagedProcess> => {
  const whole = { ...environment, ...process.env, ...env };
  return startProcess({
    name,
    ...crusadesCommand([...command, ...args], nodeFlags),
    env: opensKeys ? whole : withoutPasswords(whole),
    logFile,
    ready: { line: announcesReady },
    ...times,
    ...(signal && { signal }),
  });
};

interface ProcessNature {
  readonly readyTimeoutSeconds: number;
  readonly graceSeconds: number;
  readonly nodeFlags?: readonly string[];
  /** What holds unless the environment says otherwise. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Needs the passwords of encrypted keys, which no other process gets. */
  readonly opensKeys?: boolean;
}

/** The program in a process of its own: the built one, or from the sources when these run. */
const crusadesCommand = (
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): { readonly command: string; readonly args: string[] } => ({
  command: process.execPath,
  args: ['--enable-source-maps', ...nodeFlags, builtProgram(), ...args],
});

const builtProgram = (): string => join(projectRoot(), 'dist/clients/cli/main.js');

/** Whether the program was built; tests that run from the sources need it, too. */
export const isProgramBuilt = (): boolean => existsSync(builtProgram());

/** `{"event":"ready",…}` on a line of its own is how each of our processes says that it takes work. */
export const announcesReady = (line: string): boolean => {
  if (!line.startsWith('{')) return false;
  try {
    return (JSON.parse(line) as { event?: unknown }).event === 'ready';
  } catch {
    return false;
  }
};
