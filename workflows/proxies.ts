import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  type ActivityInterfaceFor,
  type ActivityOptions,
  type LocalActivityInterfaceFor,
} from '@temporalio/workflow';
import type { ChainActivities } from '../activities/chain.js';
import type { CodeActivities } from '../activities/code.js';
import type { GpuActivities } from '../activities/gpu.js';
import type { LedgerActivities } from '../activities/ledger.js';
import type { ReplayActivities } from '../activities/replay.js';
import type { WeightsActivities } from '../activities/weights.js';
import type { TemporalSettings } from '../lib/settings/index.js';

/** Activities of the control worker. */
export type ControlActivities = ChainActivities &
  CodeActivities &
  LedgerActivities &
  ReplayActivities &
  WeightsActivities;

/** Activities of the control worker, each with its time-outs and retries of temporal.yaml. */
export const controlActivities = (tuning: TemporalSettings): ActivityInterfaceFor<ControlActivities> =>
  perActivity((name) =>
    proxyActivities<ControlActivities>({ taskQueue: tuning.task_queues.control, ...optionsOf(tuning, name) }),
  );

/**
 * Activities that only write a line into the ledger. They run inside the workflow task, so that a submission
 * costs few round trips to the Temporal server; being idempotent, they may run twice.
 */
export const ledgerNotes = (tuning: TemporalSettings): LocalActivityInterfaceFor<LedgerActivities> =>
  perActivity((name) => {
    const { startToCloseTimeout, retry } = optionsOf(tuning, name);
    return proxyLocalActivities<LedgerActivities>({
      startToCloseTimeout: startToCloseTimeout ?? '10s',
      ...(retry && { retry }),
    });
  });

/**
 * Activities of a GPU worker.
 *
 * Cancelling does not wait for the worker's answer: a worker that is lost gives none.
 */
export const gpuActivities = (
  tuning: TemporalSettings,
  taskQueue: string,
): ActivityInterfaceFor<GpuActivities> =>
  perActivity((name) =>
    proxyActivities<GpuActivities>({
      taskQueue,
      cancellationType: ActivityCancellationType.TRY_CANCEL,
      ...optionsOf(tuning, name),
    }),
  );

const optionsOf = (tuning: TemporalSettings, name: string): ActivityOptions => {
  const configured = Object.entries(tuning.activities).find(([activity]) => activity === name)?.[1];
  if (!configured) throw new TypeError(`temporal.yaml names no time-outs for the activity ${name}`);
  const { start_to_close, schedule_to_close, schedule_to_start, heartbeat, retry } = configured;
  return {
    startToCloseTimeout: start_to_close,
    ...(schedule_to_close !== undefined && { scheduleToCloseTimeout: schedule_to_close }),
    ...(schedule_to_start !== undefined && { scheduleToStartTimeout: schedule_to_start }),
    ...(heartbeat !== undefined && { heartbeatTimeout: heartbeat }),
    retry: {
      initialInterval: retry.initial,
      backoffCoefficient: retry.backoff,
      maximumInterval: retry.maximum_interval,
      // 0 in temporal.yaml is "without end", which Temporal says by leaving the number out.
      ...(retry.maximum_attempts > 0 && { maximumAttempts: retry.maximum_attempts }),
    },
  };
};

/** One object with all activities, whose options are looked up when one is called. */
const perActivity = <Proxied extends object>(proxyFor: (name: string) => Proxied): Proxied =>
  new Proxy({} as Proxied, {
    get: (_none, name): unknown => Reflect.get(proxyFor(String(name)), name),
  });
