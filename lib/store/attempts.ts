import type { Kysely, Selectable } from 'kysely';

import type { LedgerSchema } from './schema.js';
import { toJsonb, toNullableJsonb, toText } from './storable.js';
import type { RecordedAttempt } from './types.js';

export const recordAttempt = async (db: Kysely<LedgerSchema>, attempt: RecordedAttempt): Promise<void> => {
  await db
    .insertInto('attempts')
    .values({
      submission_id: attempt.submissionId,
      evaluation: attempt.evaluation,
      number: attempt.number,
      outcome: attempt.outcome,
      mfu: attempt.mfu,
      seconds: attempt.seconds,
      tokens: attempt.tokens,
      final_loss: attempt.finalLoss,
      seed: attempt.seed,
      seed_commitment: attempt.seedCommitment,
      statistics: toJsonb(attempt.statistics),
      limits: toJsonb(attempt.limits),
      phases: toJsonb(attempt.phases),
      environment: toJsonb(attempt.environment),
      isolation: attempt.isolation,
      error: toNullableJsonb(attempt.error),
      gpu_queue: attempt.gpuQueue,
      worker: attempt.worker,
      image_digest: attempt.imageDigest,
      output_tail: toText(attempt.outputTail),
      started_at: attempt.startedAt,
      finished_at: attempt.finishedAt,
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

const attemptOf = (row: Selectable<LedgerSchema['attempts']>): RecordedAttempt => ({
  submissionId: row.submission_id,
  evaluation: row.evaluation,
  number: row.number,
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
