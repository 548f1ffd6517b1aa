import { z } from 'zod';

/** One measured value beside the limits that it was held to. */
const statistic = z.object({
  name: z.string(),
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  passed: z.boolean(),
});

const failure = z.object({
  code: z.string(),
  stage: z.string(),
  fault: z.enum(['miner', 'infrastructure', 'operator', 'unknown']),
  retryable: z.boolean(),
  final: z.boolean(),
  message: z.string(),
  remedy: z.string(),
  details: z.record(z.string(), z.unknown()),
});

/**
 * Result file of the evaluator, version 1 (docs/reference/evaluator.md). It comes from the referee, never from
 * the contestant; it is checked all the same, because a half-written or foreign file must not become a score.
 */
export const attemptResultSchema = z.object({
  version: z.literal(1),
  submission: z.string(),
  attempt: z.int().positive(),
  outcome: z.string(),
  error: failure.nullable(),
  /** Percent of the device's peak; null unless scored or measured before a later check failed. */
  mfu: z.number().nonnegative().nullable(),
  /** Length of the timed window in seconds. */
  seconds: z.number().nonnegative().nullable(),
  tokens: z.int().nonnegative(),
  final_loss: z.number().nullable(),
  seed: z.string().nullable(),
  seed_commitment: z.string().nullable(),
  statistics: z.array(statistic),
  phases_s: z.record(z.string(), z.number()),
  isolation: z.object({ mode: z.string(), notice: z.string().nullable() }).loose(),
  environment: z.record(z.string(), z.unknown()),
  output_tail: z.string(),
  started_at: z.string(),
  finished_at: z.string(),
});

export type AttemptResult = z.infer<typeof attemptResultSchema>;
export type AttemptStatistic = z.infer<typeof statistic>;
export type AttemptFailure = z.infer<typeof failure>;
