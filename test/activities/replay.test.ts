import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { AttemptRecord } from '../../activities/gpu.js';
import { createReplayActivities, type ReplayEnd, type ReplayName } from '../../activities/replay.js';
import { crusadesError } from '../../lib/errors/index.js';
import { competitionSettings, loadSettings } from '../../lib/settings/index.js';
import type { RecalledAttempt, RecordedReplay } from '../../lib/store/index.js';
import { recordedAttempt } from '../support/submission-records.js';

/** A failure is what these tests are about, not news. */
const logger = new DefaultLogger('ERROR');
const settings = competitionSettings(loadSettings({ hparamsPath: 'hparams/local.json', env: {} }).hparams);
const ATTEMPT = { submissionId: '0123456789ab', evaluation: 1, number: 1 };
const REPLAY: ReplayName = {
  ...ATTEMPT,
  ...{ n: 2, requestedBy: 'operator@host', reason: null, requestedAt: '2026-11-23T03:00:00.000Z' },
};

const recalledWith = (attempt = recordedAttempt()): RecalledAttempt => ({
  key: { network: 'devnet', netuid: 3, hotkey: '5Miner', commitBlock: 7 },
  uid: 4,
  code: { text: 'code', sha256: 'ab', bytes: 4, url: 'https://example.com/train.py' },
  settings,
  attempt,
});

function activities(recalled: RecalledAttempt | null = recalledWith()) {
  const recorded: RecordedReplay[] = [];
  const replayed = createReplayActivities({
    ledger: {
      recallAttempt: async () => recalled,
      recordReplay: async (replay) => void recorded.push(replay),
    },
  });
  const run = <T>(activity: () => Promise<T>): Promise<T> =>
    new MockActivityEnvironment({}, { logger }).run(activity);
  return {
    recorded,
    recall: () => run(() => replayed.recallAttempt(ATTEMPT)),
    record: (end: ReplayEnd) => run(() => replayed.recordReplay({ replay: REPLAY, end })),
  };
}

describe('recallAttempt', () => {
  it('gives the code, the seed and the frozen settings, and leaves the output behind', async () => {
    const recalled = await activities(recalledWith(recordedAttempt({ outputTail: 'long' }))).recall();
    assert.equal(recalled.seed, recordedAttempt().seed);
    assert.deepEqual(recalled.hparams, settings.hparams);
    assert.equal(recalled.code.text, 'code');
    assert.equal(recalled.recorded.statistics.length, 2);
    assert.doesNotMatch(JSON.stringify(recalled), /long/);
  });

  it('refuses an attempt that ended before its seed was drawn, and says what to do instead', async () => {
    const early = recordedAttempt({ seed: null, outcome: 'syntax_error' });
    await assert.rejects(activities(recalledWith(early)).recall(), (error) => {
      assert.ok(error instanceof ApplicationFailure);
      assert.deepEqual([error.type, error.nonRetryable], ['attempt_without_seed', true]);
      assert.match(error.message, /syntax_error before its seed was drawn/);
      return true;
    });
  });

  it('refuses an attempt that the ledger does not have', async () => {
    await assert.rejects(
      activities(null).recall(),
      (error) => error instanceof ApplicationFailure && error.type === 'attempt_unknown',
    );
  });
});

describe('recordReplay', () => {
  it('keeps everything that was measured, and where', async () => {
    const { seed, statistics } = recordedAttempt();
    const attempt: AttemptRecord = {
      ...{ number: 1, outcome: 'scored', mfu: 31, seconds: 1.2, tokens: 5120, finalLoss: 7, error: null },
      ...{ seed, seedCommitment: 'cc', statistics, phases: { timed: 1.2 }, outputTail: 'x' },
      ...{ isolation: { mode: 'two_users', notice: null }, environment: { torch: '2.11.0' } },
      ...{ startedAt: '2026-11-23T03:00:01.000Z', finishedAt: '2026-11-23T03:00:09.000Z' },
    };
    const { record, recorded } = activities();
    await record({
      attempt,
      gpu: { queue: 'gpu-cpu@host-0', worker: 'host-0', facts: { imageDigest: null } },
    });
    const [kept] = recorded;
    assert.deepEqual([kept?.n, kept?.number, kept?.mfu, kept?.gpuQueue], [2, 1, 31, 'gpu-cpu@host-0']);
    assert.deepEqual(
      [kept?.isolation, kept?.environment['torch'], kept?.seed],
      ['two_users', '2.11.0', seed],
    );
  });

  it('keeps the reason when no GPU brought it to an end', async () => {
    const error = crusadesError('gpu_lost_too_often', { count: 6, reason: 'x' }).report();
    const { record, recorded } = activities();
    await record({ error, at: '2026-11-23T04:00:00.000Z' });
    const [kept] = recorded;
    assert.deepEqual([kept?.outcome, kept?.statistics, kept?.mfu], ['gpu_lost_too_often', [], null]);
    assert.deepEqual([kept?.startedAt, kept?.finishedAt], [REPLAY.requestedAt, '2026-11-23T04:00:00.000Z']);
  });
});
