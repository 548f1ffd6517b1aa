import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { crusadesError } from '../../lib/errors/index.js';
import { failureOf } from '../../activities/failures.js';
import { searchAttributes } from '../../lib/progress/index.js';
import { cancelUpdate, prioritiseUpdate, reevaluateUpdate, statusQuery } from '../../workflows/messages.js';
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
  type Outcome,
  type RunAttempt,
  type Written,
} from '../support/submission-world.js';
import { temporalForTests, type TemporalForTests } from '../support/temporal.js';

describe('submission workflow', function () {
  this.timeout(60_000);
  let temporal: TemporalForTests;
  before(async function () {
    temporal = await temporalForTests(this);
  });

  /** The outcome, once it is proven that the history replays. */
  async function settled(
    handle: Awaited<ReturnType<typeof startSubmission>>,
    name?: string,
  ): Promise<Outcome> {
    const outcome = await handle.result();
    await replays(temporal, handle, name);
    return outcome;
  }

  /** One submission on one GPU, up to its end. */
  async function settle(
    written: Written,
    { activities = {}, attempt, name }: { activities?: object; attempt: RunAttempt; name?: string },
  ) {
    const settings = settingsForTest();
    const control = await controlWorker(temporal, settings, { ...smoothActivities(written), ...activities });
    const gpu = await gpuWorker(temporal, settings, attempt);
    const commitment = freshCommitment();
    return running([control, ...gpu.workers], async () => {
      const handle = await startSubmission(temporal, commitment, settings);
      const outcome = await settled(handle, name);
      return { handle, outcome, gpu, settings, commitment };
    });
  }

  it('scores the median of five attempts and writes each stage once, in order', async () => {
    const written = nothingWritten();
    const readings = [40, 42, 41, 39, 43];
    const { outcome } = await settle(written, {
      name: 'submission-scored',
      attempt: async (spec) => attemptResult(spec, readings[spec.attempt - 1] ?? 0),
    });
    assert.equal(outcome.stage, 'scored');
    assert.equal(outcome.mfu, 41);
    assert.deepEqual(written.stages, [
      'awaiting_reveal',
      'admitting',
      'fetching',
      'scanning',
      'queued',
      'evaluating',
      'recording',
    ]);
    assert.deepEqual(
      written.attempts.map(({ number }) => number),
      [1, 2, 3, 4, 5],
    );
    assert.equal(written.outcomes.length, 1);
  });

  it('ends as rejected with the scanner’s report, and takes no GPU', async () => {
    const written = nothingWritten();
    const { outcome, gpu } = await settle(written, {
      name: 'submission-rejected',
      attempt: async (spec) => attemptResult(spec, 40),
      activities: {
        scanCode: () =>
          Promise.reject(
            failureOf(crusadesError('scan_rejected', { count: 2, line: 3, rule: 'forbidden_module' })),
          ),
      },
    });
    assert.equal(outcome.stage, 'rejected');
    assert.equal(outcome.error?.code, 'scan_rejected');
    assert.match(outcome.error?.message ?? '', /line 3, forbidden_module/);
    assert.deepEqual(gpu.ran, []);
  });

  it('stops after the third failure of five, because the success rate is out of reach', async () => {
    const written = nothingWritten();
    const { outcome, handle } = await settle(written, { attempt: async (spec) => attemptResult(spec, null) });
    assert.equal(outcome.stage, 'failed');
    assert.equal(outcome.error?.code, 'success_rate_too_low');
    assert.equal(written.attempts.length, 3);
    const { typedSearchAttributes } = await handle.describe();
    assert.equal(typedSearchAttributes.get(searchAttributes.outcome), 'moment_mismatch');
  });

  it('runs an attempt again that failed through infrastructure, and does not count it', async () => {
    const written = nothingWritten();
    let failures = 0;
    const { outcome } = await settle(written, {
      attempt: async (spec) => {
        if (spec.attempt !== 2 || failures > 0) return attemptResult(spec, 40);
        failures += 1;
        return attemptResult(spec, null, 'gpu_slowed', 'infrastructure');
      },
    });
    assert.equal(failures, 1);
    assert.equal(outcome.mfu, 40);
    assert.deepEqual(
      written.attempts.map(({ number }) => number),
      [1, 2, 3, 4, 5],
    );
  });

  it('keeps the two finished attempts when the GPU is lost during the third', async () => {
    const written = nothingWritten();
    const settings = settingsForTest();
    const control = await controlWorker(temporal, settings, smoothActivities(written));
    let fail: (reason: Error) => void = () => undefined;
    const hung = new Promise<never>((_resolve, reject) => (fail = reject));
    const dying = await gpuWorker(temporal, settings, async (spec) =>
      spec.attempt < 3 ? attemptResult(spec, 40) : hung,
    );
    const ranHere = await running([control], async () => {
      const handle = await startSubmission(temporal, freshCommitment(), settings);
      await running(dying.workers, async () => {
        while (dying.ran.length < 3) await sleep(50);
        dying.drain();
        fail(new Error('the host is gone'));
      });
      const healthy = await gpuWorker(temporal, settings, async (spec) => attemptResult(spec, 50));
      await running(healthy.workers, async () => {
        assert.equal((await settled(handle, 'submission-gpu-lost')).mfu, 50);
      });
      return healthy.ran;
    });
    assert.equal(ranHere.length, 3, 'only the missing attempts ran on the second GPU');
    assert.deepEqual(
      written.attempts.map(({ mfu }) => mfu),
      [40, 40, 50, 50, 50],
    );
  });

  it('gives the GPU back at once when it is cancelled while evaluating', async () => {
    const written = nothingWritten();
    const settings = settingsForTest();
    const control = await controlWorker(temporal, settings, smoothActivities(written));
    const gpu = await gpuWorker(temporal, settings, (spec, signal) =>
      spec.submission === first.submissionId
        ? new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
          )
        : Promise.resolve(attemptResult(spec, 44)),
    );
    const first = freshCommitment();
    await running([control, ...gpu.workers], async () => {
      const handle = await startSubmission(temporal, first, settings);
      while (gpu.ran.length < 1) await sleep(50);
      await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'a test', actor: 'me' }] });
      const outcome = await settled(handle, 'submission-cancelled');
      assert.equal(outcome.stage, 'cancelled');
      assert.match(outcome.error?.message ?? '', /a test/);
      const next = await startSubmission(temporal, freshCommitment(), settings);
      assert.equal((await settled(next)).mfu, 44);
    });
    assert.deepEqual(written.actions, ['cancel']);
  });

  it('drops the attempts and evaluates anew when an operator asks for it', async () => {
    const written = nothingWritten();
    const settings = settingsForTest();
    const control = await controlWorker(temporal, settings, smoothActivities(written));
    let second = false;
    const gpu = await gpuWorker(temporal, settings, async (spec, signal) => {
      if (!second && spec.attempt === 2) {
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
        );
      }
      return attemptResult(spec, second ? 60 : 10);
    });
    await running([control, ...gpu.workers], async () => {
      const handle = await startSubmission(temporal, freshCommitment(), settings);
      while (gpu.ran.length < 2) await sleep(50);
      second = true;
      await handle.executeUpdate(reevaluateUpdate, { args: [{ reason: 'the GPU was throttled' }] });
      assert.equal((await settled(handle, 'submission-reevaluated')).mfu, 60);
      const status = await handle.query(statusQuery);
      assert.equal(status.evaluation, 2);
      assert.equal(status.attempts.length, 5);
    });
  });

  it('evaluates a submission that has ended once more, with the code that was let in', async () => {
    const written = nothingWritten();
    const settings = settingsForTest();
    const commitment = freshCommitment();
    const { submissionId } = commitment;
    const recalled: string[] = [];
    const control = await controlWorker(temporal, settings, {
      ...smoothActivities(written),
      fetchCode: () => Promise.reject(new Error('it must not be fetched again')),
      recallSubmission: async ({ submissionId: asked }) => {
        recalled.push(asked);
        const entry = {
          submissionId,
          hotkey: commitment.key.hotkey,
          uid: 4,
          commitBlock: 7,
          url: 'u',
          committedHash: 'h',
        };
        return { entry, code: { text: 'code', sha256: 'ab', bytes: 4, url: 'u' } };
      },
    });
    const gpu = await gpuWorker(temporal, settings, async (spec) => attemptResult(spec, 52));
    await running([control, ...gpu.workers], async () => {
      const again = { evaluation: 2, reason: 'the GPUs were broken', actor: 'me' };
      const handle = await startSubmission(temporal, commitment, settings, again);
      assert.equal((await settled(handle, 'submission-evaluated-again')).mfu, 52);
    });
    assert.deepEqual(recalled, [submissionId]);
    assert.deepEqual(written.stages, ['queued', 'evaluating', 'recording']);
    assert.deepEqual(written.actions, ['reevaluate']);
    assert.deepEqual(written.evaluations, [2, 2, 2, 2, 2]);
  });

  it('expires when the chain has not opened it in time', async () => {
    const written = nothingWritten();
    const settings = settingsForTest((tuning) => ({
      ...tuning,
      activities: {
        ...tuning.activities,
        checkReveal: { ...tuning.activities.checkReveal, schedule_to_close: 1_500 },
      },
    }));
    const pending = crusadesError('reveal_pending', { round: 9, retryAfterSeconds: 0.2 });
    const control = await controlWorker(temporal, settings, {
      ...smoothActivities(written),
      checkReveal: () => Promise.reject(failureOf(pending)),
    });
    const content = { kind: 'sealed', revealRound: 9, digest: 'ab' } as const;
    await running([control], async () => {
      const handle = await startSubmission(temporal, freshCommitment({ content }), settings);
      const outcome = await settled(handle, 'submission-expired');
      assert.equal(outcome.stage, 'expired');
      assert.match(outcome.error?.message ?? '', /not revealed by round 9/);
    });
  });

  it('refuses a round that is further away than anybody waits', async () => {
    const settings = settingsForTest();
    const control = await controlWorker(temporal, settings, smoothActivities(nothingWritten()));
    const content = { kind: 'sealed', revealRound: 2 ** 50, digest: 'ab' } as const;
    const commitment = freshCommitment({ content, revealAt: '2262-01-01T00:00:00.000Z' });
    await running([control], async () => {
      const outcome = await settled(await startSubmission(temporal, commitment, settings));
      assert.equal(outcome.stage, 'rejected');
      assert.equal(outcome.error?.code, 'reveal_too_far');
    });
  });

  it('refuses an operator’s update without a reason, and one that makes no sense', async () => {
    const written = nothingWritten();
    const settings = settingsForTest();
    const control = await controlWorker(temporal, settings, smoothActivities(written));
    await running([control], async () => {
      const handle = await startSubmission(temporal, freshCommitment(), settings);
      const refusal = { name: 'WorkflowUpdateFailedError' };
      await assert.rejects(handle.executeUpdate(cancelUpdate, { args: [{ reason: ' ' }] }), refusal);
      const odd = [{ reason: 'why', priority: 9 }] as [{ reason: string; priority: number }];
      await assert.rejects(handle.executeUpdate(prioritiseUpdate, { args: odd }), refusal);
      await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'done' }] });
      assert.equal((await settled(handle)).stage, 'cancelled');
    });
  });

  it('moves ahead in the queue when it is given priority', async () => {
    const settings = settingsForTest();
    const control = await controlWorker(temporal, settings, smoothActivities(nothingWritten()));
    const gpu = await gpuWorker(temporal, settings, async (spec) => attemptResult(spec, 40));
    await running([control], async () => {
      const [one, other] = [freshCommitment(), freshCommitment()];
      const first = await startSubmission(temporal, one, settings);
      const second = await startSubmission(temporal, other, settings);
      for (const handle of [first, second]) {
        while ((await handle.query(statusQuery)).stage !== 'queued') await sleep(50);
      }
      await second.executeUpdate(prioritiseUpdate, { args: [{ reason: 'a dispute', priority: 1 }] });
      await running(gpu.workers, () => Promise.all([settled(first), settled(second)]));
      assert.equal(gpu.ran[0], `${other.submissionId}/1`);
    });
  });

  it('is refused by Temporal a second time for the same commitment', async () => {
    const { settings, commitment } = await settle(nothingWritten(), {
      attempt: async (spec) => attemptResult(spec, 40),
    });
    await assert.rejects(startSubmission(temporal, commitment, settings), {
      name: 'WorkflowExecutionAlreadyStartedError',
    });
  });
});
