import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Committed } from './end-to-end-miners.js';

/** An attempt that a GPU worker is running. */
export interface AttemptUnderWay extends Committed {
  readonly number: number;
}

/** One call of `runAttempt`, Temporal's own retries included, as the workflow's history tells it. */
export interface AttemptCall {
  readonly number: number;
  readonly queue: string;
  /** Of its result; null when it had none. */
  readonly seed: string | null;
  /** Type of the failure that it ended with. */
  readonly failure: string | null;
}

type Payload = temporal.api.common.v1.IPayload;

const STARTED = temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;

/** The first attempt found that a GPU worker has taken and not finished. */
export async function attemptUnderWay(
  client: Client,
  committed: readonly Committed[],
): Promise<AttemptUnderWay | undefined> {
  for (const each of committed) {
    const { raw } = await client.workflow.getHandle(each.workflowId).describe();
    const running = raw.pendingActivities?.find(
      ({ activityType, state }) => activityType?.name === 'runAttempt' && state === STARTED,
    );
    if (running === undefined) continue;
    const history = await attemptsInHistory(client, each.workflowId);
    const number = history.at(-1)?.number;
    if (number !== undefined) return { ...each, number };
  }
  return undefined;
}

/** Every call of `runAttempt` in the order in which it was made. */
export async function attemptsInHistory(client: Client, workflowId: string): Promise<readonly AttemptCall[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const calls = new Map<string, AttemptCall>();
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name === 'runAttempt') {
      const { number } = decode<{ number: number }>(scheduled.input?.payloads);
      const queue = scheduled.taskQueue?.name ?? '';
      calls.set(String(event.eventId), { number, queue, seed: null, failure: null });
    }
    const completed = event.activityTaskCompletedEventAttributes;
    const failed = event.activityTaskFailedEventAttributes;
    const id = String((completed ?? failed)?.scheduledEventId);
    const call = calls.get(id);
    if (call === undefined) continue;
    if (completed) {
      calls.set(id, { ...call, seed: decode<{ seed: string | null }>(completed.result?.payloads).seed });
    } else {
      calls.set(id, { ...call, failure: failed?.failure?.applicationFailureInfo?.type ?? 'unknown' });
    }
  }
  return [...calls.values()];
}

function decode<T>(payloads: readonly Payload[] | null | undefined): T {
  const [payload] = payloads ?? [];
  if (payload === undefined) throw new Error('an event of the history carries no payload');
  return defaultPayloadConverter.fromPayload<T>(payload);
}
