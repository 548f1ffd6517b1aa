import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { failureOf } from '../../activities/failures.js';
import type { Recalled, ReplayEnd, ReplayName } from '../../activities/replay.js';
import { crusadesError } from '../../lib/errors/index.js';
import type { AttemptResult } from '../../lib/evaluate/result.js';
import type { AttemptSpec } from '../../lib/evaluate/spec.js';
import { replayWorkflowId, searchAttributes } from '../../lib/progress/index.js';
import { replayStatusQuery, type FrozenSettings, type ReplayOutcome } from '../../workflows/messages.js';
import type { ControlActivities } from '../../workflows/proxies.js';
import type { replay } from '../../workflows/replay.js';
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

const SEED = '5e'.repeat(32);
const CODE = { text: 'def inner_steps(): ...', sha256: 'cd'.repeat(32), bytes: 22, url: 'http://m/train.py' };

const moment = (value: number) => ({ name: 'moment', value, low: null, high: 0.06, passed: value <= 0.06 });

describe('replay workflow', function () {
  this.timeout(60_000);
  let temporal: TemporalForTests;
  before(async function () {
    temporal = await temporalForTests(this);
  });

  /** What a test's ledger was given, and what it gives. */
  const ledgerOf = (settings: FrozenSettings) => {
    const recorded: { replay: ReplayName; end: ReplayEnd }[] = [];
    const recalled: Recalled = {
      hotkey: '5Miner',
      uid: 4,
      code: CODE,
      hparams: settings.competition.hparams,
      seed: SEED,
      recorded: {
        outcome: 'moment_mismatch',
        mfu: null,
        seconds: 1,
        finalLoss: 7,
        statistics: [moment(0.3)],
        environment: { torch: '2' },
      },
    };
    const activities: Partial<ControlActivities> = {
      recallAttempt: async () => recalled,
      recordReplay: async (record) => void recorded.push(record),
    };
    return { recorded, activities };
  };

  const start = (settings: FrozenSettings): Promise<WorkflowHandle<typeof replay>> => {
    const name: ReplayName = {
      submissionId: randomUUID().slice(0, 12),
      evaluation: 1,
      number: 3,
      n: 1,
      requestedBy: 'operator@host',
      reason: 'looks odd',
      requestedAt: new Date().toISOString(),
    };
    const subnet = { network: 'test', netuid: 3 };
    return temporal.env.client.workflow.start<typeof replay>('replay', {
      workflowId: replayWorkflowId(subnet, name.submissionId, name.number, name.n),
      taskQueue: settings.tuning.task_queues.control,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      args: [{ subnet, replay: name, tuning: settings.tuning }],
    });
  };

  const failedAgain = (spec: AttemptSpec, value: number): AttemptResult => ({
    ...attemptResult(spec, null),
    statistics: [moment(value)],
    environment: { torch: '2' },
  });

  /** One replay on one GPU, up to its end. */
  const replayOn = async (
    attempt: (spec: AttemptSpec) => Promise<AttemptResult>,
    { name, activities = {} }: { name?: string; activities?: Partial<ControlActivities> } = {},
  ) => {
    const settings = settingsForTest();
    const ledger = ledgerOf(settings);
    const specs: AttemptSpec[] = [];
    const control = await controlWorker(temporal, settings, { ...ledger.activities, ...activities });
    const gpu = await gpuWorker(temporal, settings, async (spec) => {
      specs.push(spec);
      return attempt(spec);
    });
    return running([control, ...gpu.workers], async () => {
      const handle = await start(settings);
      const outcome: ReplayOutcome = await handle.result();
      await replays(temporal, handle, name);
      return { handle, outcome, specs, settings, recorded: ledger.recorded };
    });
  };

  it('runs the one attempt from its record: code, seed and frozen settings', async () => {
    const { outcome, specs, settings, recorded, handle } = await replayOn(
      async (spec) => failedAgain(spec, 0.3001),
      { name: 'replay-same' },
    );
    assert.equal(specs.length, 1);
    const [spec] = specs;
    assert.deepEqual([spec?.attempt, spec?.seed, spec?.code], [3, SEED, CODE.text]);
    assert.equal(spec?.data.steps, settings.competition.hparams.eval_steps);
    assert.deepEqual([outcome.error, outcome.comparison?.same], [null, true]);

    assert.equal(recorded.length, 1);
    assert.equal(recorded[0]?.replay.reason, 'looks odd');
    assert.ok(recorded[0] && 'attempt' in recorded[0].end);
    const { typedSearchAttributes: marks } = await handle.describe();
    assert.equal(marks.get(searchAttributes.stage), 'replayed');
    assert.equal(marks.get(searchAttributes.outcome), 'same');
    assert.equal(marks.get(searchAttributes.mfu), undefined, 'a replay has no score');
  });

  it('names what differs by more than the noise, and the other verdict', async () => {
    const { outcome, handle } = await replayOn(
      async (spec) => ({ ...attemptResult(spec, 40), statistics: [moment(0.01)] }),
      { name: 'replay-differs' },
    );
    const { comparison } = outcome;
    assert.deepEqual(
      [comparison?.same, comparison?.verdict.replayed, comparison?.statistics[0]?.result],
      [false, 'scored', 'differs'],
    );
    const { typedSearchAttributes: marks } = await handle.describe();
    assert.equal(marks.get(searchAttributes.outcome), 'differs');
  });

  it('takes another GPU when one fails through no fault of the code', async () => {
    let failures = 0;
    const { outcome, recorded } = await replayOn(
      async (spec) => {
        if (failures >= 3) return failedAgain(spec, 0.3);
        failures += 1;
        return attemptResult(spec, null, 'gpu_unavailable', 'infrastructure');
      },
      { name: 'replay-gpu-failed' },
    );
    assert.equal(failures, 3);
    assert.equal(outcome.comparison?.same, true);
    assert.equal(recorded.length, 1);
  });

  it('says for which GPU it waits, lets a submission go first, and then runs', async () => {
    const settings = settingsForTest();
    const ledger = ledgerOf(settings);
    const control = await controlWorker(temporal, settings, {
      ...smoothActivities(nothingWritten()),
      ...ledger.activities,
    });
    await running([control], async () => {
      const waiting = await start(settings);
      let status = await waiting.query(replayStatusQuery);
      for (; status.stage !== 'queued'; await sleep(50)) status = await waiting.query(replayStatusQuery);
      assert.deepEqual([status.waitsFor, status.gpuClass], ['a GPU of class cpu', 'cpu']);
      const first = await startSubmission(temporal, freshCommitment(), settings);
      while ((await first.query<{ stage: string }, []>('status')).stage !== 'queued') await sleep(50);

      const gpu = await gpuWorker(temporal, settings, async (spec) => attemptResult(spec, 40));
      await running(gpu.workers, async () => {
        await Promise.all([first.result(), waiting.result()]);
      });
      assert.equal(gpu.ran.length, 6);
      assert.ok(gpu.ran.at(-1)?.endsWith('/3'), gpu.ran.join(' '));
      assert.equal(new Set(gpu.ran.slice(0, 5).map((ran) => ran.split('/')[0])).size, 1);
    });
  });

  it('is recorded as cancelled when somebody cancels it while it waits', async () => {
    const settings = settingsForTest();
    const ledger = ledgerOf(settings);
    const control = await controlWorker(temporal, settings, ledger.activities);
    await running([control], async () => {
      const handle = await start(settings);
      while ((await handle.query(replayStatusQuery)).stage !== 'queued') await sleep(50);
      await handle.cancel();
      const outcome = await handle.result();
      assert.equal(outcome.error?.code, 'replay_cancelled');
      await replays(temporal, handle, 'replay-cancelled');
    });
    const [record] = ledger.recorded;
    assert.ok(record && 'error' in record.end);
    assert.equal(record.end.error.code, 'replay_cancelled');
  });

  it('ends with the reason, and records nothing, when the ledger has no such attempt', async () => {
    const unknown = crusadesError('attempt_unknown', { submission: 's', reason: 'there are none' });
    const { outcome, specs, recorded } = await replayOn(async (spec) => failedAgain(spec, 0.3), {
      activities: { recallAttempt: () => Promise.reject(failureOf(unknown)) },
    });
    assert.equal(outcome.error?.code, 'attempt_unknown');
    assert.deepEqual([specs, recorded], [[], []]);
  });
});
