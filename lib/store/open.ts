import type { Kysely } from 'kysely';

import { attemptsOf, recordAttempt } from './attempts.js';
import { claimCode, codeOf, storeCode } from './code.js';
import { knownCommitments, knownReveals, rememberCommitments } from './commitments.js';
import { openDatabase, type DatabaseOptions } from './database.js';
import type { Ledger, LedgerReader } from './ledger.js';
import { requireSchema } from './migrate.js';
import { recordOperatorAction, recordWeights } from './operations.js';
import { recordOutcome } from './outcome.js';
import { claimPayment, paymentUse } from './payments.js';
import { recallAttempt, recordReplay, replaysOf } from './replays.js';
import { withLedgerErrors } from './postgres-errors.js';
import { latestCompetition, leaderboard, leaderHistory, standing } from './queries/leaderboard.js';
import { operatorActions, weightHistory } from './queries/operations.js';
import { recall } from './queries/recall.js';
import { recentSubmissions, submissionStatus } from './queries/submissions.js';
import { verifyLedger } from './queries/verify.js';
import type { LedgerSchema } from './schema.js';
import { comparableSketches, keepSketch, nearestCode, recordNearest } from './sketches.js';
import {
  admit,
  beginEvaluation,
  enterStage,
  lastAdmittedCommitBlock,
  openSubmission,
} from './submissions.js';

/**
 * The ledger behind a pool of connections. Nothing is connected yet: a Postgres that is away shows with the first
 * call, as `ledger_unreachable`. Migrate with `migrateLedger` first.
 */
export const openLedger = (options: DatabaseOptions): Ledger => {
  const db = openDatabase(options);
  return withLedgerErrors<Ledger>({
    ...readerOf(db),
    requireSchema: () => requireSchema(db),
    knownCommitments: (subnet, keys) => knownCommitments(db, subnet, keys),
    knownReveals: (subnet, reveals) => knownReveals(db, subnet, reveals),
    rememberCommitments: (commitments) => rememberCommitments(db, commitments),
    openSubmission: (submission) => openSubmission(db, submission),
    lastAdmittedCommitBlock: (subnet, hotkey, before) => lastAdmittedCommitBlock(db, subnet, hotkey, before),
    admit: (admission) => admit(db, admission),
    claimPayment: (claim) => claimPayment(db, claim),
    enterStage: (entry) => enterStage(db, entry),
    storeCode: (code) => storeCode(db, code),
    claimCode: (claim) => claimCode(db, claim),
    keepSketch: (sketch) => keepSketch(db, sketch),
    comparableSketches: (submissionId) => comparableSketches(db, submissionId),
    recordNearest: (comparison) => recordNearest(db, comparison),
    recordAttempt: (attempt) => recordAttempt(db, attempt),
    recordReplay: (replay) => recordReplay(db, replay),
    beginEvaluation: (submissionId, evaluation) => beginEvaluation(db, submissionId, evaluation),
    recordOutcome: (outcome) => recordOutcome(db, outcome),
    recordWeights: (submission) => recordWeights(db, submission),
    recordOperatorAction: (action) => recordOperatorAction(db, action),
    close: () => db.destroy(),
  });
};

const readerOf = (db: Kysely<LedgerSchema>): LedgerReader => ({
  codeOf: (submissionId) => codeOf(db, submissionId),
  nearestCode: (submissionId) => nearestCode(db, submissionId),
  recall: (submissionId) => recall(db, submissionId),
  attemptsOf: (submissionId, evaluation) => attemptsOf(db, submissionId, evaluation),
  recallAttempt: (submissionId, evaluation, number) => recallAttempt(db, submissionId, evaluation, number),
  replaysOf: (submissionId) => replaysOf(db, submissionId),
  standing: (competition, block) => standing(db, competition, block),
  submissionStatus: (name) => submissionStatus(db, name),
  recentSubmissions: (filter) => recentSubmissions(db, filter),
  leaderboard: (competition, block, limit) => leaderboard(db, competition, block, limit),
  latestCompetition: (subnet) => latestCompetition(db, subnet),
  leaderHistory: (competition) => leaderHistory(db, competition),
  weightHistory: (subnet, limit) => weightHistory(db, subnet, limit),
  paymentUse: (network, block, extrinsicIndex) => paymentUse(db, network, block, extrinsicIndex),
  operatorActions: (limit) => operatorActions(db, limit),
  verifyLedger: () => verifyLedger(db),
});
