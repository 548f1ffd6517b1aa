// Child of the orchestration bench: GPU workers whose referee answers at once, or after a given time.
//   node simulated-gpus.mjs '{"address":…,"count":4,"attemptMs":0}'
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { ROOT } from '../setup/project.mjs';

const built = (path) => import(pathToFileURL(join(ROOT, 'dist', path)).href);
const { createGpuActivities } = await built('activities/gpu.js');
const { createGpuSlot } = await built('lib/evaluate/gpu-slot.js');
const { address, count, attemptMs } = JSON.parse(process.argv[2]);

Runtime.install({ logger: new DefaultLogger('ERROR') });
const device = {
  ...{ device: 'cpu', name: 'simulated', uuid: 'simulated', driver: null },
  ...{ python: '3', torch: '2', transformers: '5', threads: 1, peak_flops: 1e11 },
};
const ran = [];
const workers = (await Promise.all(Array.from({ length: count }, (_, index) => gpu(index)))).flat();
const running = Promise.all(workers.map((worker) => worker.run()));
// What each GPU did when, for whoever started this.
process.on('message', () => process.send(ran));
process.send('ready');
await running;
process.disconnect();

async function gpu(index) {
  // Two workers on one queue need two connections within one process (SDK 1.24).
  const connection = await NativeConnection.connect({ address });
  const queue = `gpu-cpu@simulated-${index}`;
  const session = {
    facts: device,
    alive: () => true,
    close: async () => undefined,
    run: async (spec) => {
      const start = performance.now();
      await sleep(attemptMs);
      ran.push({ gpu: index, submission: spec.submission, start, end: performance.now() });
      return resultOf(spec);
    },
  };
  const slot = createGpuSlot(queue, async () => session);
  const activities = createGpuActivities({ slot, worker: queue, device, imageDigest: null });
  const common = { connection, activities, identity: queue };
  return Promise.all([
    Worker.create({ ...common, taskQueue: 'gpu-cpu', maxConcurrentActivityTaskExecutions: 1 }),
    Worker.create({ ...common, taskQueue: queue, maxConcurrentActivityTaskExecutions: 2 }),
  ]);
}

function resultOf({ submission, attempt }) {
  const at = new Date().toISOString();
  return {
    ...{ version: 1, submission, attempt, outcome: 'scored', error: null, mfu: 30 + Math.random() },
    ...{ seconds: 1, tokens: 1000, final_loss: 7, seed: '00', seed_commitment: '00', statistics: [] },
    ...{ phases_s: {}, isolation: { mode: 'two_users', notice: null }, environment: {}, output_tail: '' },
    ...{ started_at: at, finished_at: at },
  };
}
