import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { CONTROL_WORKER_MEMORY } from '../../../lib/stack/crusades.js';

const MIB = 1024 * 1024;

/** Prints the heap limit of the main thread and of a thread that it starts as the Temporal SDK starts its own. */
const HEAP_LIMITS = `
  const { getHeapStatistics } = require('node:v8');
  const { Worker } = require('node:worker_threads');
  const limit = 'require("node:v8").getHeapStatistics().heap_size_limit';
  const thread = new Worker('require("node:worker_threads").parentPort.postMessage(' + limit + ')', { eval: true });
  thread.once('message', (inThread) =>
    console.log(JSON.stringify([getHeapStatistics().heap_size_limit, inThread])));
`;

describe('the memory of the control worker', () => {
  it('limits the heap of the main thread and of the workflows’ thread to the same 1 GB', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...CONTROL_WORKER_MEMORY.nodeFlags, '--eval', HEAP_LIMITS],
      { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
    );
    assert.equal(status, 0, stderr);
    const limits = JSON.parse(stdout) as number[];
    assert.equal(limits.length, 2);
    // New space comes on top.
    for (const limit of limits) assert.ok(limit >= 1024 * MIB && limit < 1100 * MIB, `${limit / MIB} MiB`);
  });
});
