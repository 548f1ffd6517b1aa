import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { createGpuActivities } from '../activities/gpu.js';
import { createGpuSlot } from '../lib/evaluate/gpu-slot.js';
import { probeDevice } from '../lib/evaluate/probe.js';
import { startEvaluatorSession } from '../lib/evaluate/session.js';
import { crusadesError } from '../lib/errors/index.js';
import { paths } from '../lib/provision/index.js';
import type { Settings, TemporalSettings } from '../lib/settings/index.js';
import type { Logger } from '../lib/telemetry/index.js';
import { connectWorker } from '../lib/temporal/worker.js';
import { holdTuner } from './hold-slots.js';
import { announceReady, withRuntime } from './runtime.js';

export interface GpuWorkerOptions {
  /** Which GPU of this host, counted from 0. */
  readonly index: number;
  /** `cpu`, `h200`, …: the shared queue is `gpu-<class>`. */
  readonly gpuClass: string;
  /** Threads that torch may use; on a CPU they are what is measured. */
  readonly threads: number;
}

const READY_TIMEOUT_SECONDS = 120;
/** Beyond the grace time: a worker that still has not ended is broken. */
const FORCE_AFTER_MS = 120_000;

/**
 * Runs the worker of one GPU until it is told to stop. It needs Temporal and the evaluator's environment only.
 *
 * Two workers share the process: one takes holds from the queue of the class, one at a time; the other takes the
 * attempts of whoever holds the GPU, from a queue of this worker's own. While no referee can start, no hold is taken.
 *
 * @throws `temporal_unreachable`, `evaluator_missing`, `evaluator_failed` when it cannot start
 */
export const runGpuWorker = (settings: Settings, options: GpuWorkerOptions, logger: Logger): Promise<void> =>
  withRuntime(logger, () => run(settings, options, logger));

async function run(settings: Settings, options: GpuWorkerOptions, logger: Logger): Promise<void> {
  const { gpuClass, index, threads } = options;
  const { task_queues, namespace, workers } = settings.temporal;
  const classQueue = `${task_queues.gpu_prefix}${gpuClass}`;
  const name = `${classQueue}@${hostname()}-${index}`;
  const device = gpuClass === 'cpu' ? 'cpu' : `cuda:${index}`;
  const evaluator = evaluatorEnvironment();

  // Before anything that takes long: without a server there is nothing to measure for.
  const connection = await connectWorker(settings);
  const exchangeDir = await mkdtemp(path.join(tmpdir(), 'crusades-gpu-'));
  process.once('exit', () => rmSync(exchangeDir, { recursive: true, force: true }));
  const session = () =>
    startEvaluatorSession({
      ...evaluator,
      device,
      threads,
      exchangeDir,
      readyTimeoutSeconds: READY_TIMEOUT_SECONDS,
      logger,
    });
  const slot = createGpuSlot(name, session);
  try {
    const probe = await probeDevice({ ...evaluator, device, threads });
    const activities = createGpuActivities({ slot, worker: name, device: probe, imageDigest: null });
    const common = { connection, namespace, identity: name, activities, ...shutdownTimes(workers) };
    const [holds, attempts] = await Promise.all([
      Worker.create({
        ...common,
        taskQueue: classQueue,
        tuner: holdTuner({ warmUp: () => slot.warmUp(), logger }),
      }),
      // One attempt, and the release that may come while one runs.
      Worker.create({ ...common, taskQueue: name, maxConcurrentActivityTaskExecutions: 2 }),
    ]);
    // The runtime itself stops the workers on these signals; the hold must end for them to drain.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => slot.drain());

    // The referee warms up while the worker already polls: the first hold waits for what is left of it.
    await slot.warmUp();
    const running = Promise.all([holds.run(), attempts.run()]);
    announceReady({ worker: name, queue: classQueue, device: probe.name, peakFlops: probe.peak_flops });
    await running;
    await connection.close();
  } finally {
    await slot.close();
  }
}

/** @throws `evaluator_missing` */
function evaluatorEnvironment(): { python: string; sourceDir: string } {
  const { evaluatorPython, evaluatorSource } = paths();
  if (evaluatorPython === null)
    throw crusadesError('evaluator_missing', { reason: 'it has not been installed' });
  return { python: evaluatorPython, sourceDir: evaluatorSource };
}

const shutdownTimes = ({ gpu_shutdown_grace, gpu_heartbeat_throttle }: TemporalSettings['workers']) => ({
  shutdownGraceTime: gpu_shutdown_grace,
  shutdownForceTime: gpu_shutdown_grace + FORCE_AFTER_MS,
  maxHeartbeatThrottleInterval: gpu_heartbeat_throttle,
  defaultHeartbeatThrottleInterval: gpu_heartbeat_throttle,
});
