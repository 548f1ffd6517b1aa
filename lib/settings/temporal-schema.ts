import { z } from 'zod';

import { ACTIVITY_NAMES } from './activity-names.js';
import { durationSchema } from './duration.js';

/** `temporal.yaml`: how Temporal is used. Durations are strings such as `30s` there, milliseconds here. */

const retrySchema = z.strictObject({
  initial: durationSchema.describe('Wait before the second try.'),
  backoff: z.number().min(1).max(100).describe('Factor by which the wait grows.'),
  maximum_interval: durationSchema.describe('Longest wait between two tries.'),
  maximum_attempts: z.int().min(0).max(1_000_000).describe('Tries in all; 0 is without end.'),
});

const activitySchema = z
  .strictObject({
    start_to_close: durationSchema.describe('Longest duration of one try.'),
    schedule_to_close: durationSchema
      .optional()
      .describe('Longest duration of all tries, waiting included. Default: unbounded.'),
    schedule_to_start: durationSchema
      .optional()
      .describe('Longest wait for a worker; not tried again. Only for queues of a single host.'),
    heartbeat: durationSchema.optional().describe('A try without a heartbeat for so long is lost.'),
    retry: retrySchema.describe('When and how often a failed try is made again.'),
  })
  .refine(({ heartbeat, start_to_close }) => heartbeat === undefined || heartbeat < start_to_close, {
    path: ['heartbeat'],
    message: 'must be shorter than start_to_close',
  });

const searchAttributeSchema = z.enum(['Keyword', 'Int', 'Double', 'Datetime', 'Bool', 'Text', 'KeywordList']);

/** SQL visibility stores allow ten Keyword attributes and three of each other type per namespace. */
const withinBudget = (attributes: Record<string, string>, context: z.RefinementCtx): void => {
  for (const type of searchAttributeSchema.options) {
    const names = Object.keys(attributes).filter((name) => attributes[name] === type);
    const limit = type === 'Keyword' ? 10 : 3;
    if (names.length > limit) {
      context.addIssue({
        code: 'custom',
        message: `has ${names.length} attributes of type ${type}, at most ${limit} are possible`,
      });
    }
  }
};

const slots = z.int().min(1).max(10_000);

export const temporalSchema = z.strictObject({
  address: z
    .string()
    .regex(/^[^\s/:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'must be host:port')
    .meta({ examples: ['127.0.0.1:7233'] })
    .describe('Address of the Temporal server, host:port. `TEMPORAL_ADDRESS` overrides it.'),
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/)
    .meta({ examples: ['default'] })
    .describe('Namespace. `TEMPORAL_NAMESPACE` overrides it.'),
  tls: z
    .strictObject({
      enabled: z.boolean().describe('Whether to connect over TLS. `TEMPORAL_TLS` overrides it.'),
      server_name: z.string().min(1).nullable().describe('Name that the certificate must bear, if another.'),
      ca_file: z.string().min(1).nullable().describe('Certificate authority, PEM; null: the system’s.'),
      certificate_file: z.string().min(1).nullable().describe('Client certificate, PEM.'),
      key_file: z.string().min(1).nullable().describe('Client key, PEM.'),
    })
    .refine((tls) => (tls.certificate_file === null) === (tls.key_file === null), {
      path: ['key_file'],
      message: 'certificate_file and key_file belong together: set both or neither',
    })
    .describe('Transport security. The API key comes from the environment only (`TEMPORAL_API_KEY`).'),
  ui_address: z.url({ protocol: /^https?$/ }).describe('Address of the Temporal UI, for links.'),
  task_queues: z
    .strictObject({
      control: z.string().min(1).max(200).describe('Queue of the control worker.'),
      gpu_prefix: z
        .string()
        .min(1)
        .max(100)
        .describe('Prefix of the shared queue of a GPU class: `<prefix><class>`.'),
    })
    .describe('Names of the task queues.'),
  workers: z
    .strictObject({
      control_workflow_slots: slots.describe('Workflow tasks at once in a control worker.'),
      control_activity_slots: slots.describe('Activities at once in a control worker.'),
      cached_workflows: z.int().min(0).max(100_000).describe('Workflows kept in memory.'),
      gpu_shutdown_grace: durationSchema.describe(
        'Time that a GPU worker told to stop has for finishing its attempt; longer than an attempt.',
      ),
      gpu_heartbeat_throttle: durationSchema.describe(
        'Longest time for which a GPU worker holds a heartbeat back.',
      ),
    })
    .describe('Slots and times of the workers.'),
  activities: z.record(z.enum(ACTIVITY_NAMES), activitySchema).describe('Time-outs and retries by activity.'),
  search_attributes: z
    .record(z.string().regex(/^Crusades[A-Z][A-Za-z]*$/), searchAttributeSchema)
    .superRefine(withinBudget)
    .describe('Search attributes with their types; registered at start.'),
  intake: z
    .strictObject({
      poll_seconds: z.number().min(0.1).max(3600).describe('Seconds between two reads of the chain.'),
      history_events_before_continue_as_new: z
        .int()
        .min(50)
        .max(40_000)
        .describe('Length of the history at which the workflow continues as new.'),
    })
    .describe('The intake workflow.'),
});

/** Durations in milliseconds; JSON-safe, so that it may travel in a workflow’s input. */
export type TemporalSettings = z.output<typeof temporalSchema>;
export type ActivitySettings = z.output<typeof activitySchema>;
export type SearchAttributeType = z.output<typeof searchAttributeSchema>;
