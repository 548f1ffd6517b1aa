import type { Kysely, Selectable } from 'kysely';

import type { LedgerSchema } from './schema.js';
import { toJsonb, toNullableJsonb, toText } from './storable.js';
import type { AttemptFacts, RecordedAttempt } from './types.js';

export const recordAttempt = async (db: Kysely<LedgerSchema>, attempt: RecordedAttempt): Promise<void> => {
  await db
    .insertInto('attempts')
    .values({
      submission_id: attempt.submissionId,
      evaluation: attempt.evaluation,
      number: attempt.number,
      ...factColumns(attempt),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

export const attemptsOf = async (
  db: Kysely<LedgerSchema>,
  submissionId: string,
  evaluation?: number,
): Promise<RecordedAttempt[]> => {
  const rows = await db
    .selectFrom('attempts')
    .selectAll()
    .where('submission_id', '=', submissionId)
    .$if(evaluation !== undefined, (query) => query.where('evaluation', '=', evaluation ?? 1))
    .orderBy('evaluation')
    .orderBy('number')
    .execute();
  return rows.map(attemptOf);
};

type AttemptRow = Selectable<LedgerSchema['attempts']>;

export const attemptOf = (row: AttemptRow): RecordedAttempt => ({
  submissionId: row.submission_id,
  evaluation: row.evaluation,
  number: row.number,
  ...factsOf(row),
});

/** What was measured in an attempt, as columns of `attempts` and of `replays`. */
export const factColumns = (facts: AttemptFacts) => ({
  outcome: facts.outcome,
  mfu: facts.mfu,
  seconds: facts.seconds,
  tokens: facts.tokens,
  final_loss: facts.finalLoss,
  seed: facts.seed,
  seed_commitment: facts.seedCommitment,
  statistics: toJsonb(facts.statistics),
  limits: toJsonb(facts.limits),
  phases: toJsonb(facts.phases),
  environment: toJsonb(facts.environment),
  isolation: facts.isolation,
  error: toNullableJsonb(facts.error),
  gpu_queue: facts.gpuQueue,
  worker: facts.worker,
  image_digest: facts.imageDigest,
  output_tail: toText(facts.outputTail),
  started_at: facts.startedAt,
  finished_at: facts.finishedAt,
});

const factsOf = (row: AttemptRow): AttemptFacts => ({
  outcome: row.outcome,
  mfu: row.mfu,
  seconds: row.seconds,
  tokens: row.tokens,
  finalLoss: row.final_loss,
  seed: row.seed,
  seedCommitment: row.seed_commitment,
  statistics: row.statistics,
  limits: row.limits,
  phases: row.phases,
  environment: row.environment,
  isolation: row.isolation,
  error: row.error,
  gpuQueue: row.gpu_queue,
  worker: row.worker,
  imageDigest: row.image_digest,
  outputTail: row.output_tail,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
});
