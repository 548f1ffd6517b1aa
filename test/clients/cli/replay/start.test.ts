import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { startReplay, type ReplayOrder } from '../../../../clients/cli/replay/start.js';
import { isGpuClassServed, readReplay, replayOutcome } from '../../../../clients/queries/live-replay.js';
import { CrusadesError } from '../../../../lib/errors/index.js';
import { settingsForTest } from '../../../support/submission-world.js';
import { temporalForTests, type TemporalForTests } from '../../../support/temporal.js';

const subnet = { network: 'test', netuid: 3 };

/** Nobody works on the queues of these tests: what is started stays as it is. */
describe('starting a replay', function () {
  this.timeout(60_000);
  let temporal: TemporalForTests;
  before(async function () {
    temporal = await temporalForTests(this);
  });

  const { tuning } = settingsForTest();
  const order = (): ReplayOrder => ({
    ...{ submissionId: randomBytes(6).toString('hex'), evaluation: 1, number: 3, n: 1 },
    ...{ requestedBy: 'operator@host', reason: null, requestedAt: new Date().toISOString() },
  });

  it('takes the next number when somebody else has just taken this one', async () => {
    const { client } = temporal.env;
    const wanted = order();
    const [one, other] = [
      await startReplay(client, wanted, subnet, tuning),
      await startReplay(client, wanted, subnet, tuning),
    ];
    assert.equal(one.workflowId, `test/3/replay/${wanted.submissionId}/3/1`);
    assert.equal(other.workflowId, `test/3/replay/${wanted.submissionId}/3/2`);
    assert.equal(other.replay.n, 2);
  });

  it('shows a replay that no control worker answers for, and one that was terminated', async () => {
    const { client } = temporal.env;
    const { workflowId } = await startReplay(client, order(), subnet, tuning);
    assert.deepEqual(await readReplay(client, workflowId), { running: true, status: null, attempt: null });
    await client.workflow.getHandle(workflowId).terminate('by hand');
    assert.equal((await readReplay(client, workflowId)).running, false);
    await assert.rejects(
      replayOutcome(client, workflowId),
      (error) => error instanceof CrusadesError && error.code === 'replay_cancelled',
    );
  });

  it('knows that nobody serves a class of GPUs', async () => {
    assert.equal(await isGpuClassServed(temporal.env.client, tuning, `none-${randomUUID()}`), false);
  });
});
