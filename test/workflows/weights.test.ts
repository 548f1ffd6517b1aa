import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf } from '../../activities/failures.js';
import { crusadesError } from '../../lib/errors/index.js';
import type { WeightSubmission } from '../../lib/store/index.js';
import type { WeightPlan } from '../../lib/weights/index.js';
import { newLeaderSignal, weightsStatusQuery } from '../../workflows/messages.js';
import type { weights } from '../../workflows/weights.js';
import { replays } from '../support/histories.js';
import { controlWorker, running, settingsForTest } from '../support/submission-world.js';
import { temporalForTests, type TemporalForTests } from '../support/temporal.js';

const PLAN: WeightPlan = {
  hotkey: '5Validator',
  uid: 2,
  decidedBlock: 100,
  target: [
    { uid: 1, share: 0.95 },
    { uid: 4, share: 0.05 },
  ],
  entries: [
    { uid: 1, value: 65_535 },
    { uid: 4, value: 3_449 },
  ],
  route: 'set_weights',
  due: 'first weights',
  nextInSeconds: 600,
};
const NOTHING_DUE: WeightPlan = { ...PLAN, due: null };

describe('weights workflow', function () {
  this.timeout(60_000);
  let temporal: TemporalForTests;
  before(async function () {
    temporal = await temporalForTests(this);
  });

  /** Runs the workflow on the plans given, then with nothing due, until `enough` holds. */
  async function run(
    plans: WeightPlan[],
    activities: object,
    enough: (recorded: readonly WeightSubmission[], planned: number) => boolean,
    meanwhile: (handle: Awaited<ReturnType<typeof start>>) => Promise<void> = async () => undefined,
    name?: string,
  ) {
    const settings = settingsForTest();
    const recorded: WeightSubmission[] = [];
    let planned = 0;
    const control = await controlWorker(temporal, settings, {
      planWeights: async () => {
        planned += 1;
        return plans.shift() ?? NOTHING_DUE;
      },
      submitWeights: async () => ({ block: 101, txHash: '0xab', found: false }),
      confirmWeights: async () => 102,
      recordWeights: async (submission) => void recorded.push(submission),
      ...activities,
    });
    await running([control], async () => {
      const handle = await start(settings);
      await meanwhile(handle);
      while (!enough(recorded, planned)) await sleep(20);
      await replays(temporal, handle, name);
      await handle.terminate();
    });
    return recorded;
  }

  const start = (settings: ReturnType<typeof settingsForTest>) =>
    temporal.env.client.workflow.start<typeof weights>('weights', {
      workflowId: `test/3/weights/${randomUUID()}`,
      taskQueue: settings.tuning.task_queues.control,
      args: [{ subnet: { network: 'test', netuid: 3 }, settings }],
    });

  it('records the try and what the chain shows of it', async () => {
    const recorded = await run([PLAN], {}, (all) => all.length === 2, undefined, 'weights-confirmed');
    assert.deepEqual(
      recorded.map(({ outcome, attempt, confirmedBlock }) => [outcome, attempt, confirmedBlock]),
      [
        ['submitted', 1, null],
        ['confirmed', 1, 102],
      ],
    );
  });

  it('looks at the chain again after an unknown outcome instead of deciding anew', async () => {
    let sent = 0;
    const submitWeights = async () => {
      sent += 1;
      if (sent === 1) {
        throw failureOf(crusadesError('chain_outcome_unknown', { call: 'set_weights', seconds: 60 }));
      }
      return { block: 101, txHash: null, found: true };
    };
    const recorded = await run(
      [PLAN],
      { submitWeights },
      (all) => all.length === 3,
      undefined,
      'weights-unknown',
    );
    assert.deepEqual(
      recorded.map(({ outcome, attempt, decidedBlock }) => [outcome, attempt, decidedBlock]),
      [
        ['unknown', 1, 100],
        ['submitted', 2, 100],
        ['confirmed', 2, 100],
      ],
    );
  });

  it('records a refusal with its reason and waits for the next decision', async () => {
    const submitWeights = () =>
      Promise.reject(
        failureOf(
          crusadesError('chain_call_refused', { call: 'set_weights', reason: 'SettingWeightsTooFast' }),
        ),
      );
    const recorded = await run([PLAN], { submitWeights }, (all) => all.length === 1);
    assert.equal(recorded[0]?.outcome, 'failed');
    assert.match(recorded[0]?.error?.message ?? '', /SettingWeightsTooFast/);
  });

  it('reads back what was sent, by all that is known of it', async () => {
    const confirmed: unknown[] = [];
    const sent = { block: 101, txHash: '0xab', found: false, digest: 'cd' };
    await run(
      [PLAN],
      {
        submitWeights: async () => sent,
        confirmWeights: async (request: { readonly sent?: unknown }) => {
          confirmed.push(request.sent);
          return 102;
        },
      },
      (all) => all.length === 2,
    );
    assert.deepEqual(confirmed, [sent]);
  });

  it('pauses longer after each refusal, and not at all after a plan that was outdated', async () => {
    const reasons = ['chain_call_refused', 'chain_call_refused', 'weights_plan_outdated'] as const;
    let refusals = 0;
    const submitWeights = () => {
      const code = reasons[refusals++] ?? 'chain_call_refused';
      const error =
        code === 'weights_plan_outdated'
          ? crusadesError(code, { block: 100, reason: 'uid 4 has gone' })
          : crusadesError(code, { call: 'set_weights', reason: 'CallFiltered' });
      return Promise.reject(failureOf(error));
    };
    const pauses: number[] = [];
    await run(
      [PLAN, PLAN, PLAN],
      { submitWeights },
      (all) => all.length === 3,
      async (handle) => {
        let known: string | null = null;
        for (const refusal of [1, 2, 3]) {
          if (refusal > 1) await handle.signal(newLeaderSignal, { submissionId: 'abc', mfu: 41 });
          const { nextAt, asked } = await changed(handle, known);
          pauses.push(Math.round((Date.parse(nextAt) - asked) / 1000));
          known = nextAt;
        }
      },
    );
    assert.deepEqual(pauses, [12, 24, 1]);

    async function changed(handle: Awaited<ReturnType<typeof start>>, known: string | null) {
      for (;;) {
        const asked = Date.now();
        const { nextAt } = await handle.query(weightsStatusQuery);
        if (nextAt !== null && nextAt !== known) return { nextAt, asked };
        await sleep(20);
      }
    }
  });

  it('decides at once when a submission has taken the lead, not at the interval only', async () => {
    const began = Date.now();
    await run(
      [NOTHING_DUE],
      {},
      (_all, planned) => planned >= 2,
      async (handle) => {
        await sleep(300);
        await handle.signal(newLeaderSignal, { submissionId: 'abc', mfu: 41 });
      },
    );
    assert.ok(Date.now() - began < 30_000, 'the plan says to wait 600 s');
  });
});
