import { submissionWorkflowId } from '../../lib/progress/index.js';
import type { RecordedAttempt, SubmissionDetail } from '../../lib/store/index.js';

const KEY = {
  network: 'devnet',
  netuid: 3,
  hotkey: '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
  commitBlock: 42,
};

export const WORKFLOW_ID = submissionWorkflowId(KEY);

/** A submission as the ledger gives it, scored unless changed. */
export const recordedSubmission = (change: Partial<SubmissionDetail> = {}): SubmissionDetail => ({
  ...KEY,
  submissionId: '0123456789ab',
  workflowId: WORKFLOW_ID,
  competitionVersion: 1,
  uid: 7,
  revealRound: null,
  revealBlock: 44,
  url: 'https://example.com/train.py',
  codeSha256: 'ab'.repeat(32),
  settingsHash: 'cd'.repeat(32),
  stage: 'scored',
  outcome: null,
  mfu: null,
  evaluation: 1,
  error: null,
  createdAt: '2026-11-23T02:00:00.000Z',
  updatedAt: '2026-11-23T02:01:00.000Z',
  finishedAt: null,
  stages: [],
  attempts: [],
  ...change,
});

/** An attempt as the ledger gives it, scored unless changed. */
export const recordedAttempt = (change: Partial<RecordedAttempt> = {}): RecordedAttempt => ({
  submissionId: '0123456789ab',
  evaluation: 1,
  number: 1,
  outcome: 'scored',
  mfu: 30,
  seconds: 1.25,
  tokens: 5120,
  finalLoss: 7.5,
  seed: 'ef'.repeat(32),
  seedCommitment: '01'.repeat(32),
  statistics: [
    { name: 'moment', value: 0.00001, low: null, high: 0.00002, passed: true },
    { name: 'row_min', value: 0.5, low: 0.99993, high: null, passed: false },
  ],
  limits: {},
  phases: { timed: 1.25, judging: 2, starting: 0.5, 'starting.load': 0.4 },
  environment: {
    torch: '2.11.0',
    isolation: { mode: 'one_user', notice: 'the machine allows no second user' },
  },
  isolation: 'one_user',
  error: null,
  gpuQueue: 'gpu-cpu@host-0',
  worker: 'gpu-cpu@host-0',
  imageDigest: null,
  outputTail: '',
  startedAt: '2026-11-23T02:00:30.000Z',
  finishedAt: '2026-11-23T02:00:40.000Z',
  ...change,
});
