import { z } from 'zod';

/** What a session's referee says of its device when it is ready. */
export const deviceFactsSchema = z
  .object({
    device: z.string(),
    name: z.string(),
    uuid: z.string(),
    driver: z.string().nullable(),
    python: z.string(),
    torch: z.string(),
    transformers: z.string(),
    threads: z.int().positive(),
  })
  .loose();

/** Facts of `probe`: the same, with the peak that matrix products reached on a CPU. */
export const probeSchema = deviceFactsSchema.extend({ peak_flops: z.number().positive().nullable() });

export type DeviceFacts = z.infer<typeof deviceFactsSchema>;
export type DeviceProbe = z.infer<typeof probeSchema>;

const phases = z.enum(['starting', 'warming_up', 'timed', 'judging']);

/** Events on the session's progress descriptor, one JSON object a line. */
export const sessionEventSchema = z.discriminatedUnion('event', [
  deviceFactsSchema.extend({ event: z.literal('ready') }),
  z
    .object({
      event: z.literal('phase'),
      submission: z.string(),
      attempt: z.int(),
      phase: phases,
      elapsed_s: z.number(),
    })
    .loose(),
  z
    .object({ event: z.literal('done'), submission: z.string(), attempt: z.int(), result: z.string() })
    .loose(),
  z.object({ event: z.literal('fault'), code: z.string(), message: z.string() }).loose(),
]);

export type SessionEvent = z.infer<typeof sessionEventSchema>;
export type PhaseEvent = Extract<SessionEvent, { event: 'phase' }>;
