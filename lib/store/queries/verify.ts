import { sql, type Kysely, type Transaction } from 'kysely';

import {
  replayLeaderHistory,
  scoreOf,
  type AttemptVerdict,
  type RecordedScore,
  type ScoringRules,
  type ThresholdRules,
  type Transition,
} from '../../scoring/index.js';
import type { LedgerSchema } from '../schema.js';
import type { Competition, LedgerDifference, LedgerVerification } from '../types.js';

type Snapshot = Transaction<LedgerSchema>;

const TIMEOUT_MS = 120_000;
/** Two computations of the same figure may differ in the last bits when the engine's `**` changed in between. */
const TOLERANCE = 1e-12;

/** Computes scores and leader history anew from the attempts, on one consistent view of the ledger, and compares. */
export const verifyLedger = (db: Kysely<LedgerSchema>): Promise<LedgerVerification> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      await sql`set local statement_timeout = ${sql.lit(TIMEOUT_MS)}`.execute(snapshot);
      const scores = await recordedScores(snapshot);
      const attempts = await recordedAttempts(snapshot);
      const changes = await recordedChanges(snapshot);
      const computed = scores.map((score) => computeScore(score, attempts.get(attemptsKey(score)) ?? []));
      const differences = [
        ...(await scoresMissing(snapshot)),
        ...computed.flatMap(({ difference }) => difference ?? []),
        ...compareHistories(computed, changes),
      ];
      return {
        equal: differences.length === 0,
        competitions: new Set([...scores, ...changes].map(({ competition }) => keyOf(competition))).size,
        submissions: new Set(scores.map(({ submissionId }) => submissionId)).size,
        attempts: [...attempts.values()].reduce((sum, { length }) => sum + length, 0),
        leaderChanges: changes.length,
        differences,
      };
    });

interface ScoreRow {
  readonly competition: Competition;
  readonly submissionId: string;
  readonly evaluation: number;
  readonly mfu: number;
  readonly block: number;
  readonly scoring: ScoringRules;
  readonly threshold: ThresholdRules;
}

interface ComputedScore {
  readonly row: ScoreRow;
  /** Null when the attempts amount to no score. */
  readonly mfu: number | null;
  readonly difference: LedgerDifference | null;
}

interface ChangeRow {
  readonly competition: Competition;
  readonly transition: Transition;
}

const recordedScores = async (snapshot: Snapshot): Promise<ScoreRow[]> => {
  const { rows } = await sql<{
    network: string;
    netuid: number;
    competition_version: number;
    submission_id: string;
    evaluation: number;
    mfu: number;
    scored_block: number;
    evaluation_runs: number;
    min_success_rate: number;
    max_infrastructure_retries: number;
    adaptive_threshold: ThresholdRules;
  }>`
    select network, netuid, competition_version, submission_id, scores.evaluation, scores.mfu, scored_block,
      (settings ->> 'evaluation_runs')::integer as evaluation_runs,
      (settings ->> 'min_success_rate')::double precision as min_success_rate,
      (settings ->> 'max_infrastructure_retries')::integer as max_infrastructure_retries,
      settings -> 'adaptive_threshold' as adaptive_threshold
    from scores join submissions on submissions.id = scores.submission_id
    order by sequence`.execute(snapshot);
  return rows.map((row) => ({
    competition: competitionOf(row),
    submissionId: row.submission_id,
    evaluation: row.evaluation,
    mfu: row.mfu,
    block: row.scored_block,
    scoring: row,
    threshold: row.adaptive_threshold,
  }));
};

const recordedAttempts = async (snapshot: Snapshot): Promise<Map<string, AttemptVerdict[]>> => {
  const rows = await snapshot
    .selectFrom('attempts')
    .innerJoin('scores', (join) =>
      join
        .onRef('scores.submission_id', '=', 'attempts.submission_id')
        .onRef('scores.evaluation', '=', 'attempts.evaluation'),
    )
    .select(['attempts.submission_id', 'attempts.evaluation', 'attempts.mfu', 'attempts.error'])
    .orderBy('attempts.submission_id')
    .orderBy('attempts.evaluation')
    .orderBy('attempts.number')
    .execute();
  const attempts = new Map<string, AttemptVerdict[]>();
  for (const { submission_id, evaluation, mfu, error } of rows) {
    const key = attemptsKey({ submissionId: submission_id, evaluation });
    attempts.set(key, [...(attempts.get(key) ?? []), { mfu, error }]);
  }
  return attempts;
};

const recordedChanges = async (snapshot: Snapshot): Promise<ChangeRow[]> => {
  const rows = await snapshot
    .selectFrom('leader_history')
    .select(['network', 'netuid', 'competition_version', 'transition'])
    .orderBy('sequence')
    .execute();
  return rows.map((row) => ({ competition: competitionOf(row), transition: row.transition }));
};

/** Submissions that say that they were scored while the list of scores does not have the same figure. */
const scoresMissing = async (snapshot: Snapshot): Promise<LedgerDifference[]> => {
  const rows = await snapshot
    .selectFrom('submissions')
    .leftJoin('scores', (join) =>
      join
        .onRef('scores.submission_id', '=', 'submissions.id')
        .onRef('scores.evaluation', '=', 'submissions.evaluation'),
    )
    .select(['network', 'netuid', 'competition_version', 'submissions.id', 'submissions.mfu'])
    .select('scores.mfu as score')
    .where('stage', '=', 'scored')
    .where(sql<boolean>`submissions.mfu is distinct from scores.mfu`)
    .execute();
  return rows.map((row) => ({
    competition: competitionOf(row),
    what: 'score',
    submissionId: row.id,
    problem: 'the submission’s MFU is not the one in the list of scores',
    recorded: row.mfu,
    computed: row.score,
  }));
};

const computeScore = (row: ScoreRow, attempts: readonly AttemptVerdict[]): ComputedScore => {
  const score = scoreOf(attempts, row.scoring);
  const { competition, submissionId } = row;
  if (score.kind === 'failed') {
    const problem = `the ${attempts.length} recorded attempts amount to no score`;
    const computed = score.error.code;
    return {
      row,
      mfu: null,
      difference: { competition, what: 'score', submissionId, problem, recorded: row.mfu, computed },
    };
  }
  if (isClose(score.mfu, row.mfu)) return { row, mfu: row.mfu, difference: null };
  const problem = 'the score is not the median of the recorded attempts';
  const difference = {
    competition,
    what: 'score',
    submissionId,
    problem,
    recorded: row.mfu,
    computed: score.mfu,
  } as const;
  return { row, mfu: score.mfu, difference };
};

const compareHistories = (
  scores: readonly ComputedScore[],
  changes: readonly ChangeRow[],
): LedgerDifference[] => {
  const competitions = new Map(
    [...scores.map(({ row }) => row), ...changes].map(({ competition }) => [keyOf(competition), competition]),
  );
  return [...competitions.entries()].flatMap(([key, competition]) => {
    const expected = replayLeaderHistory(
      scores.filter(({ row }) => keyOf(row.competition) === key).flatMap(replayable),
    );
    const recorded = changes.filter((change) => keyOf(change.competition) === key);
    return compareInOrder(
      competition,
      expected,
      recorded.map(({ transition }) => transition),
    );
  });
};

const replayable = ({ row, mfu }: ComputedScore): RecordedScore[] =>
  mfu === null ? [] : [{ submissionId: row.submissionId, mfu, block: row.block, rules: row.threshold }];

const compareInOrder = (
  competition: Competition,
  expected: readonly Transition[],
  recorded: readonly Transition[],
): LedgerDifference[] =>
  Array.from({ length: Math.max(expected.length, recorded.length) }, (_, index) => index).flatMap((index) => {
    const should = expected[index];
    const is = recorded[index];
    if (should !== undefined && is !== undefined && sameFacts(should, is)) return [];
    const submissionId = (is ?? should)?.leader.submissionId ?? '';
    return {
      competition,
      what: 'leader_change' as const,
      submissionId,
      problem: problemOf(index + 1, should, is),
      recorded: is ?? null,
      computed: should ?? null,
    };
  });

const problemOf = (place: number, should: Transition | undefined, is: Transition | undefined): string => {
  if (is === undefined) return `leader change ${place} is missing`;
  if (should === undefined) return `leader change ${place} follows from no score`;
  return `leader change ${place} is not what the scores amount to`;
};

/** Deep equality, numbers within the tolerance. */
const sameFacts = (one: unknown, other: unknown): boolean => {
  if (typeof one === 'number' && typeof other === 'number') return isClose(one, other);
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => sameFacts(Reflect.get(one, key), Reflect.get(other, key)));
};

const isClose = (one: number, other: number): boolean =>
  Math.abs(one - other) <= TOLERANCE * Math.max(1, Math.abs(one), Math.abs(other));

const attemptsKey = ({ submissionId, evaluation }: { submissionId: string; evaluation: number }): string =>
  `${submissionId}/${evaluation}`;

const keyOf = ({ network, netuid, competitionVersion }: Competition): string =>
  `${network}/${netuid}/${competitionVersion}`;

const competitionOf = (row: {
  network: string;
  netuid: number;
  competition_version: number;
}): Competition => ({
  network: row.network,
  netuid: row.netuid,
  competitionVersion: row.competition_version,
});
