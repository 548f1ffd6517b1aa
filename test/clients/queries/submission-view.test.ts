import assert from 'node:assert/strict';
import { keyOfWorkflowId, type LiveSubmission } from '../../../clients/queries/live.js';
import { findSubmission } from '../../../clients/queries/submission.js';
import { submissionView } from '../../../clients/queries/submission-view.js';
import { submissionIdOf } from '../../../lib/admission/index.js';
import { crusadesError } from '../../../lib/errors/index.js';
import type { LedgerReader } from '../../../lib/store/index.js';
import { timeOfRound } from '../../../lib/timelock/index.js';
import { recordedAttempt, recordedSubmission, WORKFLOW_ID } from '../../support/submission-records.js';

const live = (change: Partial<LiveSubmission> = {}): LiveSubmission => ({
  workflowId: WORKFLOW_ID,
  execution: 'RUNNING',
  startedAt: '2026-11-23T02:00:00.000Z',
  closedAt: null,
  marks: {
    hotkey: null,
    netuid: 3,
    commitBlock: 42,
    uid: 7,
    stage: 'evaluating',
    outcome: null,
    mfu: null,
    codeSha256: null,
    revealAt: '2026-11-23T02:05:00.000Z',
  },
  status: null,
  outcome: null,
  running: null,
  ...change,
});

const status = (
  change: Partial<NonNullable<LiveSubmission['status']>>,
): NonNullable<LiveSubmission['status']> => ({
  submissionId: '0123456789ab',
  stage: 'evaluating',
  stages: [{ stage: 'evaluating', at: '2026-11-23T02:01:00.000Z' }],
  waitsFor: null,
  evaluation: 1,
  attempts: [],
  gpu: 'H200 at gpu-h200@host-0',
  mfu: null,
  error: null,
  ...change,
});

describe('the view of a submission', () => {
  it('is that of the ledger where Temporal does not answer', () => {
    const view = submissionView(
      recordedSubmission({
        stage: 'queued',
        stages: [
          { stage: 'queued', at: '2026-11-23T02:00:00.000Z', detail: { waitsFor: 'a GPU of class h200' } },
        ],
      }),
      null,
    );
    assert.equal(view?.stage, 'queued');
    assert.deepEqual(view?.waitsFor, { what: 'a GPU of class h200', until: null });
    assert.deepEqual(view?.sources, ['ledger']);
  });

  it('says until when a reveal is waited for', () => {
    const view = submissionView(
      recordedSubmission({
        stage: 'awaiting_reveal',
        revealRound: 34_000_000,
        stages: [
          {
            stage: 'awaiting_reveal',
            at: '2026-11-23T02:00:00.000Z',
            detail: { waitsFor: 'round 34000000' },
          },
        ],
      }),
      null,
    );
    assert.equal(view?.waitsFor?.until, new Date(timeOfRound(34_000_000) * 1000).toISOString());
  });

  it('is not broken by a round that no clock can name', () => {
    const view = submissionView(
      recordedSubmission({
        stage: 'awaiting_reveal',
        revealRound: Number.MAX_SAFE_INTEGER,
        stages: [
          { stage: 'awaiting_reveal', at: '2026-11-23T02:00:00.000Z', detail: { waitsFor: 'a round' } },
        ],
      }),
      null,
    );
    assert.equal(view?.waitsFor?.until, null);
  });

  it('takes what is on its way from Temporal, and keeps the attempts of both, each once', () => {
    const view = submissionView(
      recordedSubmission({ stage: 'queued', attempts: [recordedAttempt({ number: 1 })] }),
      live({
        status: status({
          attempts: [
            { number: 1, outcome: 'scored', mfu: 30, seconds: 1 },
            { number: 2, outcome: 'scored', mfu: 31, seconds: 1 },
          ],
        }),
        running: { phase: 'timed', attempt: 3, elapsedSeconds: 2 },
      }),
    );
    assert.equal(view?.stage, 'evaluating');
    assert.deepEqual(
      view?.attempts.map(({ number }) => number),
      [1, 2],
    );
    assert.equal(view?.running?.attempt, 3);
    assert.deepEqual(view?.sources, ['ledger', 'temporal']);
  });

  it('leaves what has ended as the ledger has it', () => {
    const view = submissionView(
      recordedSubmission({ stage: 'scored', mfu: 30 }),
      live({ status: status({ stage: 'recording' }) }),
    );
    assert.equal(view?.stage, 'scored');
    assert.equal(view?.settled, true);
  });

  it('comes from Temporal alone where the ledger does not answer', () => {
    const view = submissionView(null, live({ status: status({ waitsFor: 'a GPU', stage: 'queued' }) }));
    const key = keyOfWorkflowId(WORKFLOW_ID);
    assert.ok(key);
    assert.equal(view?.submissionId, submissionIdOf(key));
    assert.equal(view?.hotkey, key.hotkey);
    assert.equal(view?.waitsFor?.what, 'a GPU');
  });

  it('knows the stage from Temporal’s list when no control worker answers', () => {
    const view = submissionView(null, live());
    assert.equal(view?.stage, 'evaluating');
    assert.equal(view?.uid, 7);
    assert.equal(view?.settled, false);
  });

  it('knows from Temporal alone how it ended', () => {
    const error = crusadesError('rate_limited', { blocks: 1, limit: 300, next: 342 }).report();
    const outcome = { submissionId: 'x', stage: 'rejected' as const, leads: false, mfu: null, error };
    const view = submissionView(null, live({ execution: 'COMPLETED', outcome }));
    assert.equal(view?.settled, true);
    assert.equal(view?.error?.code, 'rate_limited');
  });

  it('is none for a workflow that is no submission', () => {
    assert.equal(submissionView(null, live({ workflowId: 'finney/3/intake' })), null);
    assert.equal(submissionView(null, null), null);
  });
});

describe('finding a submission', () => {
  const silent: Pick<LedgerReader, 'submissionStatus'> = {
    submissionStatus: () => Promise.reject(crusadesError('ledger_unreachable', { reason: 'gone' })),
  };

  it('tells the ledger’s error when nothing else knows the name', async () => {
    await assert.rejects(findSubmission('0123456789ab', { ledger: silent as LedgerReader, temporal: null }), {
      code: 'ledger_unreachable',
    });
  });

  it('is null for a name that nobody knows', async () => {
    const ledger = { submissionStatus: () => Promise.resolve(null) } as Pick<
      LedgerReader,
      'submissionStatus'
    >;
    assert.equal(await findSubmission('x', { ledger: ledger as LedgerReader, temporal: null }), null);
  });
});
