import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import { evaluatorFault } from '../../lib/evaluate/faults.js';
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
} from '../support/submission-world.js';
import { temporalForTests, type TemporalForTests } from '../support/temporal.js';

describe('submission whose GPU turns out to be unfit', function () {
  this.timeout(60_000);
  let temporal: TemporalForTests;
  before(async function () {
    temporal = await temporalForTests(this);
  });

  it('moves to another GPU at once, and the unfit one takes no hold until its referee starts again', async () => {
    const written = nothingWritten();
    const settings = settingsForTest();
    const control = await controlWorker(temporal, settings, smoothActivities(written));
    let starts = 0;
    let mended = false;
    const unfit = await gpuWorker(
      temporal,
      settings,
      async (spec) =>
        mended ? attemptResult(spec, 30) : attemptResult(spec, null, 'gpu_quarantined', 'infrastructure'),
      async (session) => {
        starts += 1;
        if (starts > 1 && !mended) throw evaluatorFault('gpu_quarantined', '3 GB are still in use');
        return session;
      },
    );
    await running([control, ...unfit.workers], async () => {
      const first = await startSubmission(temporal, freshCommitment(), settings);
      // Were holds still taken, five of them would be lost within this time.
      while (starts < 8) await sleep(20);
      assert.equal(unfit.ran.length, 1, 'the attempt is not tried again on this GPU');
      // One connection has one worker for a queue only.
      const nativeConnection = await NativeConnection.connect({ address: temporal.env.address });
      const other = await gpuWorker({ env: { nativeConnection } }, settings, async (spec) =>
        attemptResult(spec, 40),
      );
      await running(other.workers, async () => {
        assert.equal((await first.result()).mfu, 40);
        await replays(temporal, first);
      });
      await nativeConnection.close();
      assert.equal(other.ran.length, 5);

      mended = true;
      const second = await startSubmission(temporal, freshCommitment(), settings);
      assert.equal((await second.result()).mfu, 30);
    });
  });

  it('names what the evaluator said when all GPUs that it may lose are unfit', async () => {
    const written = nothingWritten();
    const settings = settingsForTest();
    const control = await controlWorker(temporal, settings, smoothActivities(written));
    const unfit = await gpuWorker(temporal, settings, async (spec) =>
      attemptResult(spec, null, 'gpu_memory_short', 'infrastructure'),
    );
    const outcome = await running([control, ...unfit.workers], async () =>
      (await startSubmission(temporal, freshCommitment(), settings)).result(),
    );
    assert.equal(outcome.error?.code, 'gpu_lost_too_often');
    assert.match(outcome.error?.message ?? '', /gpu_memory_short/);
    assert.equal(unfit.ran.length, settings.competition.hparams.max_infrastructure_retries + 1);
  });
});
