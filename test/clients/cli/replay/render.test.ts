import assert from 'node:assert/strict';
import { PLAIN } from '../../../../clients/cli/output/style.js';
import { progressText } from '../../../../clients/cli/replay/follow.js';
import { differencesText, renderComparison } from '../../../../clients/cli/replay/render.js';
import { renderReplays, renderReplaysOf } from '../../../../clients/cli/show/replays.js';
import { compareAttempts } from '../../../../lib/scoring/index.js';
import type { RecordedAttempt, RecordedReplay } from '../../../../lib/store/index.js';
import { recordedAttempt } from '../../../support/submission-records.js';

const moment = (value: number) => ({ name: 'moment', value, low: null, high: 0.06, passed: value <= 0.06 });

const failed = (change: Partial<RecordedAttempt> = {}): RecordedAttempt =>
  recordedAttempt({
    ...{ number: 3, outcome: 'moment_mismatch', mfu: null, statistics: [moment(0.3)] },
    environment: { torch: '2.11.0', weights_digest: 'aa'.repeat(32) },
    ...change,
  });

const replayed = (change: Partial<RecordedReplay> = {}): RecordedReplay => ({
  ...failed(),
  ...{
    n: 1,
    requestedBy: 'operator@host',
    reason: 'the miner asks',
    requestedAt: '2026-11-23T03:00:00.000Z',
  },
  ...change,
});

describe('a replay beside its record', () => {
  it('has every statistic with its limits and noise, and says that it is the same', () => {
    const text = renderComparison(
      compareAttempts(failed(), replayed({ statistics: [moment(0.3005)] })),
      PLAIN,
    );
    assert.match(text, /verdict +moment_mismatch +moment_mismatch\n/);
    assert.match(text, /moment +0\.3 +0\.3005 +≤ 0\.06 +0\.015 +within noise/);
    assert.match(text, /weights +a{16} +a{16}\n/);
    assert.ok(text.endsWith('The same verdict, and every statistic within noise.'));
  });

  it('names everything that differs, and other versions as no difference', () => {
    const now = replayed({
      ...{ outcome: 'scored', mfu: 41, statistics: [moment(0.01)] },
      environment: { torch: '2.12.0', weights_digest: 'bb'.repeat(32) },
    });
    const comparison = compareAttempts(failed(), now);
    const text = renderComparison(comparison, PLAIN);
    assert.match(text, /verdict +moment_mismatch +scored +DIFFERS/);
    assert.match(text, /MFU +41\.00 %/);
    assert.match(text, /torch +2\.11\.0 +2\.12\.0 +another one/);
    assert.equal(differencesText(comparison), 'differs: verdict, weights, moment');
  });
});

describe('what a replay waits for', () => {
  const status = {
    stage: 'queued',
    waitsFor: 'a GPU of class h100',
    gpuClass: 'h100',
    gpu: null,
    requeued: 0,
  } as const;

  it('is a GPU of its class, and it is told when nobody seems to serve that class', () => {
    const live = { running: true, status, attempt: null };
    assert.equal(progressText(live, true), 'waits for a GPU of class h100');
    assert.match(progressText(live, false), /class h100, and no worker of this class has asked for work/);
  });

  it('is a control worker while none answers, then the phases of the attempt', () => {
    assert.match(progressText({ running: true, status: null, attempt: null }, true), /control worker/);
    const attempt = { phase: 'warming_up', attempt: 3, elapsedSeconds: 1 } as const;
    const evaluating = { ...status, stage: 'evaluating', gpu: 'H100 at host-0' } as const;
    assert.equal(
      progressText({ running: true, status: evaluating, attempt }, true),
      'on H100 at host-0: warming up',
    );
  });
});

describe('show', () => {
  it('lists the replays that were made, by whom and why', () => {
    const again = replayed({ n: 2, outcome: 'scored', reason: null });
    const text = renderReplays([failed()], [replayed(), again], PLAIN);
    assert.match(text, /\n3 +moment_mismatch +same +.* operator@host +the miner asks\n/);
    assert.match(text, /\n3 \(2\) +scored +differs: verdict +/);
    assert.equal(renderReplays([failed()], [], PLAIN), '');
  });

  it('has the replays of one attempt in full, and why one has no result', () => {
    const error = { code: 'gpu_lost_too_often', message: '6 GPUs were lost\u001b[31m', remedy: 'r' };
    const lost = replayed({
      n: 2,
      gpuQueue: null,
      outcome: error.code,
      error: error as RecordedReplay['error'],
    });
    const text = renderReplaysOf(failed(), [replayed(), lost, replayed({ number: 1 })], PLAIN);
    assert.equal(text.match(/^Replay /gm)?.length, 2);
    assert.match(text, /within noise/);
    assert.match(text, /gpu_lost_too_often: 6 GPUs were lost\\u\{1b\}/);
  });
});
