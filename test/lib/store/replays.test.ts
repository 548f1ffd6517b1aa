import assert from 'node:assert/strict';

import type { Ledger, RecordedReplay } from '../../../lib/store/index.js';
import { withTestLedger } from '../../support/postgres.js';
import { attempt, competition, minersFault, minute, newSubmission, outcome, settings } from './facts.js';

describe('replays in the ledger', () => {
  let ledger: Ledger;
  const database = withTestLedger((opened) => (ledger = opened));

  const evaluated = async (hotkey: string): Promise<string> => {
    const submission = newSubmission(hotkey, 10);
    const { submissionId } = submission;
    await ledger.openSubmission(submission);
    const url = 'https://example.com/train.py';
    await ledger.admit({ submissionId, uid: 4, revealBlock: 20, url, committedHash: 'ab'.repeat(16) });
    const sha256 = Buffer.from(hotkey.padEnd(32)).toString('hex').slice(0, 64);
    await ledger.storeCode({ submissionId, url, text: `# ${hotkey}`, sha256 });
    for (const number of [1, 2, 3]) await ledger.recordAttempt(attempt(submissionId, number, 40));
    return submissionId;
  };

  const replayed = (submissionId: string, change: Partial<RecordedReplay> = {}): RecordedReplay => ({
    ...attempt(submissionId, 2, 41),
    n: 1,
    requestedBy: 'operator@host',
    reason: 'looks odd',
    requestedAt: minute(70),
    ...change,
  });

  it('stand beside the attempt, in order, with who asked for them and why', async () => {
    const submissionId = await evaluated('5Ordered');
    const second = replayed(submissionId, { n: 2, reason: null });
    const first = replayed(submissionId);
    for (const each of [second, first]) await ledger.recordReplay(each);
    assert.deepEqual(await ledger.replaysOf(submissionId), [first, second]);
  });

  it('are kept as they were written first', async () => {
    const submissionId = await evaluated('5Twice');
    await ledger.recordReplay(replayed(submissionId));
    await ledger.recordReplay(replayed(submissionId, { mfu: 99 }));
    assert.deepEqual(await ledger.replaysOf(submissionId), [replayed(submissionId)]);
  });

  it('touch neither the attempts nor the score nor the leader', async () => {
    const submissionId = await evaluated('5Scored');
    await ledger.recordOutcome(outcome(submissionId, { mfu: 40 }));
    const all = async () => ({
      submission: await ledger.submissionStatus(submissionId),
      standing: await ledger.standing(competition, 1000),
      scores: await database.query('select * from scores order by sequence'),
    });
    const before = await all();
    await ledger.recordReplay(
      replayed(submissionId, { outcome: 'moment_mismatch', mfu: null, error: minersFault }),
    );
    assert.deepEqual(await all(), before);
  });

  it('are refused for an attempt that was never made', async () => {
    const submissionId = await evaluated('5Missing');
    await assert.rejects(ledger.recordReplay(replayed(submissionId, { number: 4 })), /replays/);
  });

  it('can be made of an attempt with its code and frozen settings, also after a rejection', async () => {
    const submissionId = await evaluated('5Rejected');
    await ledger.recordOutcome(outcome(submissionId, { stage: 'rejected', error: minersFault }));
    const recalled = await ledger.recallAttempt(submissionId, 1, 2);
    assert.deepEqual(recalled?.attempt, attempt(submissionId, 2, 40));
    assert.deepEqual(recalled?.settings, settings);
    assert.deepEqual(
      [recalled?.code.text, recalled?.uid, recalled?.key.hotkey],
      ['# 5Rejected', 4, '5Rejected'],
    );
  });

  it('cannot be made of what the ledger has no attempt or no code of', async () => {
    const submissionId = await evaluated('5Known');
    assert.equal(await ledger.recallAttempt(submissionId, 1, 4), null);
    assert.equal(await ledger.recallAttempt(submissionId, 2, 1), null);
    assert.equal(await ledger.recallAttempt('0123456789ab', 1, 1), null);
  });
});
