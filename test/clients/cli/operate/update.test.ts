import assert from 'node:assert/strict';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { sendUpdate } from '../../../../clients/cli/operate/update.js';

const order = { workflowId: 'devnet/3/submission/5G/1', message: { reason: 'because', actor: 'me@here' } };
const never = new AbortController().signal;

/** As much of a client as an update needs. */
const clientThat = (answer: () => Promise<string>, known = true): { client: Client; sent: unknown[] } => {
  const sent: unknown[] = [];
  const handle = {
    executeUpdate: (name: string, options: unknown) => {
      sent.push(name, options);
      return answer();
    },
    describe: () =>
      known ? Promise.resolve({}) : Promise.reject(new WorkflowNotFoundError('gone', 'w', undefined)),
  };
  const client = {
    withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
    withDeadline: (_deadline: number, work: () => unknown) => work(),
    workflow: { getHandle: () => handle },
  };
  return { client: client as unknown as Client, sent };
};

describe('an operator’s update', () => {
  it('carries reason and actor, and gives the workflow’s answer', async () => {
    const { client, sent } = clientThat(() => Promise.resolve('cancelled while queued'));
    assert.equal(await sendUpdate(client, 'cancel', order, never), 'cancelled while queued');
    assert.deepEqual(sent, ['cancel', { args: [order.message] }]);
  });

  it('says why the workflow refuses', async () => {
    const cause = ApplicationFailure.nonRetryable('it is being recorded', 'update_refused');
    const { client } = clientThat(() => Promise.reject(new WorkflowUpdateFailedError('failed', cause)));
    await assert.rejects(sendUpdate(client, 'cancel', order, never), {
      code: 'action_refused',
      message: 'cancel was refused: it is being recorded.',
    });
  });

  it('says that a workflow has ended', async () => {
    const { client } = clientThat(() => Promise.reject(new WorkflowNotFoundError('gone', 'w', undefined)));
    await assert.rejects(sendUpdate(client, 'cancel', order, never), {
      code: 'action_refused',
      message: /has ended/,
    });
  });

  it('says that there is no such workflow', async () => {
    const { client } = clientThat(
      () => Promise.reject(new WorkflowNotFoundError('gone', 'w', undefined)),
      false,
    );
    await assert.rejects(sendUpdate(client, 'cancel', order, never), { code: 'submission_unknown' });
  });

  it('says that nobody answered, and that it may be carried out all the same', async () => {
    const late = new WorkflowUpdateRPCTimeoutOrCancelledError('late');
    const { client } = clientThat(() => Promise.reject(late));
    await assert.rejects(sendUpdate(client, 'pause', order, never), {
      code: 'action_unanswered',
      message: /may still be carried out/,
    });
  });
});
