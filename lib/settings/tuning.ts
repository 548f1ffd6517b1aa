import type { ActivitySettings, TemporalSettings } from './temporal-schema.js';

/** Time-outs (milliseconds) and retries of one activity, in the shape of Temporal's activity options. */
export interface ActivityTuning {
  readonly startToCloseTimeout: number;
  readonly scheduleToCloseTimeout?: number;
  readonly scheduleToStartTimeout?: number;
  readonly heartbeatTimeout?: number;
  readonly retry: {
    readonly initialInterval: number;
    readonly backoffCoefficient: number;
    readonly maximumInterval: number;
    /** Absent: without end. */
    readonly maximumAttempts?: number;
  };
}

/** The part of `temporal.yaml` that workflows decide by. JSON-safe: it travels in their input. */
export interface TemporalTuning {
  readonly taskQueues: { readonly control: string; readonly gpuPrefix: string };
  readonly activities: Readonly<Record<string, ActivityTuning>>;
  readonly intake: { readonly pollSeconds: number; readonly maxHistoryEvents: number };
}

export const tuningOf = ({ task_queues, activities, intake }: TemporalSettings): TemporalTuning => ({
  taskQueues: { control: task_queues.control, gpuPrefix: task_queues.gpu_prefix },
  activities: Object.fromEntries(
    Object.entries(activities).map(([name, settings]) => [name, activityTuning(settings)]),
  ),
  intake: {
    pollSeconds: intake.poll_seconds,
    maxHistoryEvents: intake.history_events_before_continue_as_new,
  },
});

const activityTuning = (settings: ActivitySettings): ActivityTuning => ({
  startToCloseTimeout: settings.start_to_close,
  ...(settings.schedule_to_close !== undefined && { scheduleToCloseTimeout: settings.schedule_to_close }),
  ...(settings.schedule_to_start !== undefined && { scheduleToStartTimeout: settings.schedule_to_start }),
  ...(settings.heartbeat !== undefined && { heartbeatTimeout: settings.heartbeat }),
  retry: {
    initialInterval: settings.retry.initial,
    backoffCoefficient: settings.retry.backoff,
    maximumInterval: settings.retry.maximum_interval,
    // Temporal's SDK refuses 0; leaving it out is its "without end".
    ...(settings.retry.maximum_attempts > 0 && { maximumAttempts: settings.retry.maximum_attempts }),
  },
});
