import { heartbeat } from '@temporalio/activity';

const INTERVAL_MS = 5_000;

/**
 * Heartbeats while `work` runs. Such work has deadlines of its own; the heartbeat is for the worker: when it is
 * killed, Temporal gives the activity to another one within seconds, not when its whole time is over.
 */
export async function beating<T>(work: () => Promise<T>): Promise<T> {
  heartbeat();
  const timer = setInterval(heartbeat, INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
