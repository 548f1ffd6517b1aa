import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

import type { ErrorReport } from '../errors/index.js';
import type { Stage } from '../progress/index.js';
import type { Transition } from '../scoring/index.js';
import type { CompetitionSettings } from '../settings/index.js';
import type { CommitmentKind, MeasuredStatistic, WeightRoute, WeightSubmission } from './types.js';

/** The tables of migrations/, as kysely and our type parsers see them: bigint is a number, times are ISO 8601. */
export interface LedgerSchema {
  code_blobs: CodeBlobs;
  submissions: Submissions;
  submission_stages: SubmissionStages;
  attempts: Attempts;
  replays: Replays;
  commitments_seen: CommitmentsSeen;
  code_claims: CodeClaims;
  code_sketches: CodeSketches;
  scores: Scores;
  leader_history: LeaderHistory;
  weight_submissions: WeightSubmissions;
  operator_actions: OperatorActions;
  payments: Payments;
}

/** Written as text that `toJsonb` has made, read as a value. */
type Json<T> = ColumnType<T, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;
type JsonObject = Readonly<Record<string, unknown>>;

interface CodeBlobs {
  sha256: string;
  text: Buffer;
  bytes: number;
  first_url: string;
  created_at: Generated<string>;
}

interface Submissions {
  id: string;
  network: string;
  netuid: number;
  competition_version: number;
  hotkey: string;
  uid: number | null;
  commit_block: number;
  workflow_id: string;
  reveal_round: number | null;
  reveal_block: number | null;
  url: string | null;
  committed_hash: string | null;
  code_sha256: string | null;
  normalised_hash: string | null;
  settings: Json<CompetitionSettings['hparams']>;
  settings_hash: string;
  stage: Generated<Stage>;
  outcome: string | null;
  error: NullableJson<ErrorReport>;
  mfu: number | null;
  evaluation: Generated<number>;
  admitted_at: string | null;
  created_at: Generated<string>;
  updated_at: Generated<string>;
  finished_at: string | null;
}

interface SubmissionStages {
  submission_id: string;
  stage: Stage;
  entered_at: string;
  detail: NullableJson<JsonObject>;
}

interface Attempts {
  submission_id: string;
  evaluation: number;
  number: number;
  outcome: string;
  mfu: number | null;
  seconds: number | null;
  tokens: number | null;
  final_loss: number | null;
  seed: string | null;
  seed_commitment: string | null;
  statistics: Json<readonly MeasuredStatistic[]>;
  limits: Json<JsonObject>;
  phases: Json<Readonly<Record<string, number>>>;
  environment: Json<JsonObject>;
  isolation: string | null;
  error: NullableJson<ErrorReport>;
  gpu_queue: string | null;
  worker: string | null;
  image_digest: string | null;
  output_tail: string;
  started_at: string;
  finished_at: string;
}

interface Replays extends Attempts {
  n: number;
  requested_by: string;
  reason: string | null;
  requested_at: string;
}

interface CommitmentsSeen {
  network: string;
  netuid: number;
  hotkey: string;
  commit_block: number;
  digest: string | null;
  kind: CommitmentKind;
  workflow_id: string | null;
  seen_at: Generated<string>;
}

interface CodeClaims {
  network: string;
  netuid: number;
  competition_version: number;
  normalised_hash: string;
  submission_id: string;
  hotkey: string;
  commit_block: number;
  claimed_at: Generated<string>;
}

interface CodeSketches {
  submission_id: string;
  sketch: string;
  compared: number | null;
  nearest_id: string | null;
  similarity: number | null;
  recorded_at: Generated<string>;
}

interface Scores {
  sequence: GeneratedAlways<number>;
  submission_id: string;
  evaluation: number;
  mfu: number;
  scored_block: number;
  recorded_at: Generated<string>;
}

interface LeaderHistory {
  sequence: GeneratedAlways<number>;
  network: string;
  netuid: number;
  competition_version: number;
  submission_id: string;
  score_sequence: number;
  mfu: number;
  block: number;
  threshold_before: number;
  threshold_after: number;
  transition: Json<Transition>;
  recorded_at: Generated<string>;
}

interface WeightSubmissions {
  network: string;
  netuid: number;
  hotkey: string;
  decided_block: number;
  attempt: number;
  target: Json<WeightSubmission['target']>;
  reason: string;
  route: WeightRoute | null;
  outcome: WeightSubmission['outcome'];
  tx_hash: string | null;
  block: number | null;
  confirmed_block: number | null;
  error: NullableJson<ErrorReport>;
  decided_at: string;
  updated_at: Generated<string>;
}

interface OperatorActions {
  id: string;
  action: string;
  reason: string;
  target: string;
  actor: string;
  at: string;
}

interface Payments {
  network: string;
  block: number;
  extrinsic_index: number;
  submission_id: string;
  payer: string;
  amount_rao: string;
  verified_at: Generated<string>;
}
