import { randomBytes } from 'node:crypto';

import type { ErrorReport } from '../../../lib/errors/index.js';
import { submissionWorkflowId } from '../../../lib/progress/index.js';
import { competitionSettings, loadSettings, type CompetitionSettings } from '../../../lib/settings/index.js';
import type {
  Competition,
  Ledger,
  NewOutcome,
  NewSubmission,
  RecordedAttempt,
} from '../../../lib/store/index.js';

/** Facts for the ledger as they come from a chain and an evaluator, with what a test says about them. */

export const subnet = { network: 'devnet', netuid: 3 };
export const settings: CompetitionSettings = competitionSettings(loadSettings({ env: {} }).hparams);
export const competition: Competition = {
  ...subnet,
  competitionVersion: settings.hparams.competition_version,
};

/** The nth minute of a day. */
export const minute = (n: number): string => new Date(Date.UTC(2026, 10, 23, 0, n)).toISOString();

export const newSubmission = (hotkey: string, commitBlock: number): NewSubmission => {
  const key = { ...subnet, hotkey, commitBlock };
  return {
    submissionId: randomBytes(6).toString('hex'),
    workflowId: submissionWorkflowId(key),
    key,
    revealRound: 1000 + commitBlock,
    settings,
  };
};

export const minersFault: ErrorReport = {
  code: 'moment_mismatch',
  stage: 'evaluating',
  fault: 'miner',
  retryable: false,
  final: false,
  message: 'the first moment is not that of the training that was asked for',
  remedy: 'train on every token',
  details: { tensor: 'lm_head' },
};

export const attempt = (
  submissionId: string,
  number: number,
  mfu: number,
  change: Partial<RecordedAttempt> = {},
): RecordedAttempt => ({
  submissionId,
  evaluation: 1,
  number,
  outcome: 'scored',
  mfu,
  seconds: 1.85,
  tokens: 40_960,
  finalLoss: 7.6,
  seed: 'ab'.repeat(32),
  seedCommitment: 'cd'.repeat(32),
  statistics: [{ name: 'moment', value: 0.02, low: null, high: 0.06, passed: true }],
  limits: { moment: 0.06 },
  phases: { timed: 1.85 },
  environment: { name: 'NVIDIA H200' },
  isolation: 'two_users',
  error: null,
  gpuQueue: 'gpu-h200@host-0',
  worker: 'host-0',
  imageDigest: null,
  outputTail: 'step 1\n',
  startedAt: minute(number),
  finishedAt: minute(number + 1),
  ...change,
});

export const outcome = (submissionId: string, change: Partial<NewOutcome>): NewOutcome => ({
  submissionId,
  evaluation: 1,
  stage: 'scored',
  mfu: null,
  error: null,
  block: 1000,
  at: minute(60),
  ...change,
});

/** A submission whose five attempts all reached `mfu`, recorded at `block`. */
export const score = async (ledger: Ledger, hotkey: string, mfu: number, block: number) => {
  const submission = newSubmission(hotkey, block);
  const { submissionId } = submission;
  await ledger.openSubmission(submission);
  for (const number of [1, 2, 3, 4, 5]) await ledger.recordAttempt(attempt(submissionId, number, mfu));
  const recorded = await ledger.recordOutcome(outcome(submissionId, { mfu, block }));
  return { submissionId, ...recorded };
};
