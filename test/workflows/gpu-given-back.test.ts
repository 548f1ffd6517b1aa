import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { crusadesError } from '../../lib/errors/index.js';
import { failureOf } from '../../activities/failures.js';
import { replays } from '../support/histories.js';
import {
  attemptResult,
  controlWorker,
  freshCommitment,
  gpuWorker,
  nothingWritten,
  running,
  settingsForTest,
  smoothActivities,
  startSubmission,
  type TestGpu,
} from '../support/submission-world.js';
import { temporalForTests, type TemporalForTests } from '../support/temporal.js';

describe('submission whose GPU is given back as an attempt ends', function () {
  this.timeout(60_000);
  let temporal: TemporalForTests;
  before(async function () {
    temporal = await temporalForTests(this);
  });

  it('needs no other GPU when that attempt was the last one', async () => {
    const written = nothingWritten();
    const settings = settingsForTest();
    const control = await controlWorker(temporal, settings, smoothActivities(written));
    const gpu: TestGpu = await gpuWorker(temporal, settings, async (spec) => {
      if (spec.attempt === 5) gpu.drain();
      return attemptResult(spec, 40);
    });
    await running([control, ...gpu.workers], async () => {
      const handle = await startSubmission(temporal, freshCommitment(), settings);
      assert.equal((await handle.result()).mfu, 40);
      await replays(temporal, handle);
    });
    assert.deepEqual(
      written.attempts.map(({ number }) => number),
      [1, 2, 3, 4, 5],
    );
  });

  it('records that attempt even if the ledger is away in that moment', async () => {
    const written = nothingWritten();
    const settings = settingsForTest();
    const smooth = smoothActivities(written);
    let away = true;
    const control = await controlWorker(temporal, settings, {
      ...smooth,
      recordAttempt: async (record) => {
        if (record.attempt.number === 2 && away) {
          throw failureOf(crusadesError('ledger_unreachable', { reason: 'it was killed' }));
        }
        await smooth.recordAttempt?.(record);
      },
    });
    const draining: TestGpu = await gpuWorker(temporal, settings, async (spec) => {
      if (spec.attempt === 2) draining.drain();
      return attemptResult(spec, 40);
    });
    await running([control], async () => {
      const handle = await startSubmission(temporal, freshCommitment(), settings);
      await running(draining.workers, async () => {
        while (draining.ran.length < 2) await sleep(50);
      });
      away = false;
      const other = await gpuWorker(temporal, settings, async (spec) => attemptResult(spec, 50));
      await running(other.workers, async () => {
        assert.equal((await handle.result()).mfu, 50);
        await replays(temporal, handle);
      });
      assert.equal(other.ran.length, 3, 'only the missing attempts ran on the second GPU');
    });
    assert.deepEqual(
      written.attempts.map(({ number }) => number),
      [1, 2, 3, 4, 5],
    );
  });
});
