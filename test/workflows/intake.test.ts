import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FreshCommitment } from '../../lib/admission/index.js';
import { submissionWorkflowId } from '../../lib/progress/index.js';
import { intakeStatusQuery, pauseIntakeUpdate, resumeIntakeUpdate } from '../../workflows/messages.js';
import type { intake } from '../../workflows/intake.js';
import { replays } from '../support/histories.js';
import {
  controlWorker,
  freshCommitment,
  nothingWritten,
  running,
  settingsForTest,
  smoothActivities,
} from '../support/submission-world.js';
import { temporalForTests, type TemporalForTests } from '../support/temporal.js';

describe('intake workflow', function () {
  this.timeout(60_000);
  let temporal: TemporalForTests;
  before(async function () {
    temporal = await temporalForTests(this);
  });

  /** A chain on which commitments appear, and a ledger that remembers them. */
  function chainAndLedger() {
    const onChain: FreshCommitment[] = [];
    const remembered = new Set<string>();
    let reads = 0;
    return {
      onChain,
      remembered,
      reads: () => reads,
      activities: {
        ...smoothActivities(nothingWritten()),
        // Submissions end at once: intake is what is looked at.
        admit: () => Promise.reject(new Error('not admitted in this test')),
        watchCommitments: async () => {
          reads += 1;
          const fresh = onChain.filter(({ submissionId }) => !remembered.has(submissionId));
          if (fresh.length === 0) await sleep(200);
          return { block: 10 + reads, fresh };
        },
        rememberCommitments: async (seen: readonly FreshCommitment[]) =>
          seen.forEach(({ submissionId }) => remembered.add(submissionId)),
      },
    };
  }

  async function start(settings: ReturnType<typeof settingsForTest>, id: string, cursor = 0) {
    return temporal.env.client.workflow.start<typeof intake>('intake', {
      workflowId: `test/3/intake/${id}`,
      taskQueue: settings.tuning.task_queues.control,
      args: [{ subnet: { network: 'test', netuid: 3 }, settings, paused: false, cursor }],
    });
  }

  const exists = async (commitment: FreshCommitment): Promise<boolean> =>
    temporal.env.client.workflow
      .getHandle(submissionWorkflowId(commitment.key))
      .describe()
      .then(
        () => true,
        () => false,
      );

  it('starts one submission for each commitment, also for those that come later, and remembers them', async () => {
    const settings = settingsForTest();
    const world = chainAndLedger();
    const [first, second, third] = [freshCommitment(), freshCommitment(), freshCommitment()];
    world.onChain.push(first, second);
    const control = await controlWorker(temporal, settings, world.activities);
    await running([control], async () => {
      const handle = await start(settings, first.submissionId);
      while (world.remembered.size < 2) await sleep(20);
      world.onChain.push(third);
      while (world.remembered.size < 3) await sleep(20);
      for (const commitment of [first, second, third]) assert.ok(await exists(commitment));
      await replays(temporal, handle, 'intake-three-commitments');
      await handle.terminate();
    });
  });

  it('goes on when a submission was started before the ledger could remember it', async () => {
    const settings = settingsForTest();
    const world = chainAndLedger();
    const commitment = freshCommitment();
    world.onChain.push(commitment);
    const control = await controlWorker(temporal, settings, world.activities);
    await running([control], async () => {
      await temporal.env.client.workflow.start('submission', {
        workflowId: submissionWorkflowId(commitment.key),
        taskQueue: settings.tuning.task_queues.control,
        args: [{ commitment, settings }],
      });
      const handle = await start(settings, commitment.submissionId);
      while (!world.remembered.has(commitment.submissionId)) await sleep(20);
      await handle.terminate();
    });
  });

  it('reads nothing while it is paused, and goes on when it is resumed', async () => {
    const settings = settingsForTest();
    const world = chainAndLedger();
    const control = await controlWorker(temporal, settings, world.activities);
    await running([control], async () => {
      const handle = await start(settings, freshCommitment().submissionId);
      await handle.executeUpdate(pauseIntakeUpdate, { args: [{ reason: 'maintenance' }] });
      assert.equal((await handle.query(intakeStatusQuery)).pauseReason, 'maintenance');
      await sleep(500);
      const before = world.reads();
      await sleep(500);
      assert.equal(world.reads(), before);
      await handle.executeUpdate(resumeIntakeUpdate, { args: [{ reason: 'done' }] });
      while (world.reads() === before) await sleep(20);
      await handle.terminate();
    });
  });

  it('continues as new with its cursor before its history grows long', async () => {
    const settings = settingsForTest((tuning) => ({
      ...tuning,
      intake: { ...tuning.intake, history_events_before_continue_as_new: 50 },
    }));
    const world = chainAndLedger();
    const control = await controlWorker(temporal, settings, world.activities);
    await running([control], async () => {
      const first = await start(settings, freshCommitment().submissionId);
      const current = temporal.env.client.workflow.getHandle(first.workflowId);
      while ((await current.describe()).runId === first.firstExecutionRunId) await sleep(100);
      const { cursor } = await current.query(intakeStatusQuery);
      assert.ok(cursor > 10);
      await current.terminate();
    });
  });
});
