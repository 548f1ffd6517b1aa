import assert from 'node:assert/strict';
import type { Ledger } from '../../../lib/store/index.js';
import { withTestLedger } from '../../support/postgres.js';
import { minersFault, minute, newSubmission, outcome, settings } from './facts.js';

describe('recalling a submission', () => {
  let ledger: Ledger;
  withTestLedger((opened) => (ledger = opened));

  const letIn = async (hotkey: string, sha256: string): Promise<string> => {
    const submission = newSubmission(hotkey, 10);
    const { submissionId } = submission;
    await ledger.openSubmission(submission);
    const url = 'https://example.com/train.py';
    await ledger.admit({ submissionId, uid: 4, revealBlock: 20, url, committedHash: 'ab'.repeat(16) });
    await ledger.storeCode({ submissionId, url, text: `# ${hotkey}`, sha256 });
    await ledger.claimCode({ submissionId, normalisedHash: sha256 });
    return submissionId;
  };

  it('returns what it was let in with, under the settings frozen into it', async () => {
    const submissionId = await letIn('5Once', '11'.repeat(32));
    await ledger.recordOutcome(
      outcome(submissionId, {
        stage: 'failed',
        mfu: null,
        error: { ...minersFault, fault: 'infrastructure' },
      }),
    );
    const recalled = await ledger.recall(submissionId);
    assert.equal(recalled?.code.text, '# 5Once');
    assert.equal(recalled?.uid, 4);
    assert.equal(recalled?.evaluation, 1);
    assert.deepEqual(recalled?.settings, settings);
  });

  it('counts the evaluations begun, and lets another outcome stand beside the first', async () => {
    const submissionId = await letIn('5Twice', '22'.repeat(32));
    await ledger.recordOutcome(outcome(submissionId, { stage: 'failed', mfu: null, error: minersFault }));
    await ledger.beginEvaluation(submissionId, 2);
    assert.equal((await ledger.recall(submissionId))?.evaluation, 2);
    const second = outcome(submissionId, { evaluation: 2, mfu: 41, at: minute(50) });
    assert.equal((await ledger.recordOutcome(second)).stage, 'scored');
    assert.equal((await ledger.submissionStatus(submissionId))?.mfu, 41);
  });

  it('knows a reveal by its own block, also before it was recorded, but not one of another commitment', async () => {
    await letIn('5Revealed', '33'.repeat(32));
    const waiting = newSubmission('5Waiting', 10);
    await ledger.openSubmission(waiting);
    const asked = [
      { hotkey: '5Revealed', revealBlock: 20 },
      { hotkey: '5Revealed', revealBlock: 21 },
      { hotkey: '5Waiting', revealBlock: 20 },
      { hotkey: '5Waiting', revealBlock: 9 },
    ];
    const known = await ledger.knownReveals(waiting.key, asked);
    assert.deepEqual(known.map(({ hotkey, revealBlock }) => `${hotkey}/${revealBlock}`).sort(), [
      '5Revealed/20',
      '5Waiting/20',
    ]);
  });

  it('has nothing of a submission that was rejected before its code was let in, or is unknown', async () => {
    const submission = newSubmission('5Never', 10);
    await ledger.openSubmission(submission);
    assert.equal(await ledger.recall(submission.submissionId), null);
    assert.equal(await ledger.recall('0123456789ab'), null);
  });
});
