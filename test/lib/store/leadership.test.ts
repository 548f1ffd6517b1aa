import assert from 'node:assert/strict';

import { migrateLedger, openLedger, type Ledger } from '../../../lib/store/index.js';
import { withTestDatabase, withTestLedger } from '../../support/postgres.js';
import {
  attempt,
  competition,
  minersFault,
  minute,
  newSubmission,
  outcome,
  score,
  settings,
  subnet,
} from './facts.js';

describe('the leadership', () => {
  let ledger: Ledger;
  const database = withTestLedger((opened) => (ledger = opened));
  afterEach(() => database.query('truncate submissions, scores cascade'));

  const historyOf = async (chosen = competition) =>
    (await ledger.leaderHistory(chosen)).map(({ hotkey, mfu }) => [hotkey, mfu]);

  it('goes to the first score, and to those that beat it by more than the threshold', async () => {
    const first = await score(ledger, '5A', 40, 1000);
    assert.equal(first.leads, true);
    const close = await score(ledger, '5B', 40.3, 1001);
    assert.equal(close.leads, false);
    const better = await score(ledger, '5C', 44, 1002);
    assert.equal(better.leads, true);
    assert.equal(better.standing.leader?.hotkey, '5C');
    assert.ok(Math.abs(better.standing.threshold - 0.1) < 1e-12);
    assert.deepEqual(await historyOf(), [
      ['5A', 40],
      ['5C', 44],
    ]);
  });

  it('is harder to take right after a great improvement than later', async () => {
    await score(ledger, '5A', 40, 0);
    await score(ledger, '5B', 50, 0);
    const now = await ledger.standing(competition, 0);
    const later = await ledger.standing(competition, 3000);
    assert.equal(now.mfuToBeat, 62.5);
    assert.ok(later.mfuToBeat < 54 && later.mfuToBeat > 50.5);
  });

  it('changes once when the same outcome is recorded again', async () => {
    const { submissionId } = await score(ledger, '5A', 40, 1000);
    const again = await ledger.recordOutcome(outcome(submissionId, { mfu: 80, block: 2000 }));
    assert.equal(again.leads, true);
    assert.equal(again.standing.leader?.mfu, 40);
    assert.deepEqual(await historyOf(), [['5A', 40]]);
    assert.equal((await ledger.submissionStatus(submissionId))?.mfu, 40);
  });

  it('is decided one score after the other when many are recorded at once', async () => {
    const submissions = Array.from({ length: 12 }, (_, index) => newSubmission(`5Race${index}`, index));
    for (const submission of submissions) {
      await ledger.openSubmission(submission);
      for (const number of [1, 2, 3, 4, 5]) {
        await ledger.recordAttempt(attempt(submission.submissionId, number, 40 + submission.key.commitBlock));
      }
    }
    await Promise.all(
      submissions.map(({ submissionId, key }) =>
        ledger.recordOutcome(outcome(submissionId, { mfu: 40 + key.commitBlock, block: 500 })),
      ),
    );
    const history = await ledger.leaderHistory(competition);
    const mfus = history.map(({ mfu }) => mfu);
    assert.deepEqual(
      mfus,
      [...mfus].sort((a, b) => a - b),
    );
    assert.equal((await ledger.verifyLedger()).equal, true);
  });

  it('starts afresh with a new version of the competition', async () => {
    await score(ledger, '5A', 60, 1000);
    const submission = newSubmission('5B', 2000);
    const next = competition.competitionVersion + 1;
    const hparams = { ...settings.hparams, competition_version: next };
    await ledger.openSubmission({ ...submission, settings: { hparams, hash: 'x' } });
    const recorded = await ledger.recordOutcome(outcome(submission.submissionId, { mfu: 30 }));
    assert.equal(recorded.leads, true);
    assert.deepEqual(await ledger.latestCompetition(subnet), { ...subnet, competitionVersion: next });
    assert.deepEqual(await historyOf(), [['5A', 60]]);
  });

  it('is not touched by submissions that fail', async () => {
    const submission = newSubmission('5A', 1);
    await ledger.openSubmission(submission);
    const recorded = await ledger.recordOutcome(
      outcome(submission.submissionId, { stage: 'failed', error: minersFault }),
    );
    assert.deepEqual(recorded, {
      stage: 'failed',
      error: minersFault,
      leads: false,
      standing: { leader: null, threshold: 0, mfuToBeat: 0, block: 1000 },
    });
  });

  it('is left as it was, and the submission unfinished, when the election cannot be written', async () => {
    const submission = newSubmission('5A', 1);
    await ledger.openSubmission(submission);
    await database.query(`
      create function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
      create trigger refuse before insert on leader_history for each row execute function refuse()`);
    const record = () => ledger.recordOutcome(outcome(submission.submissionId, { mfu: 40 }));
    await assert.rejects(record(), { code: 'ledger_full' });
    assert.equal((await ledger.submissionStatus(submission.submissionId))?.stage, 'awaiting_reveal');
    assert.deepEqual(await database.query('select from scores'), []);

    await database.query('drop trigger refuse on leader_history; drop function refuse');
    assert.equal((await record()).leads, true);
  });

  it('lists the best score of each hotkey, the leader on top', async () => {
    await score(ledger, '5A', 40, 1000);
    await score(ledger, '5B', 40.3, 1001);
    await score(ledger, '5B', 39, 1002);
    await score(ledger, '5C', 38, 1003);
    const { entries, standing } = await ledger.leaderboard(competition, 1003);
    assert.deepEqual(
      entries.map(({ rank, hotkey, mfu, leads }) => [rank, hotkey, mfu, leads]),
      [
        [1, '5A', 40, true],
        [2, '5B', 40.3, false],
        [3, '5C', 38, false],
      ],
    );
    assert.equal(standing.mfuToBeat, 40.4);
    assert.equal((await ledger.leaderboard(competition, 1003, 1)).entries.length, 1);
  });

  describe('and another evaluation', () => {
    it('counts as another score of the same submission', async () => {
      const { submissionId } = await score(ledger, '5A', 40, 1000);
      await ledger.beginEvaluation(submissionId, 2);
      assert.equal((await ledger.submissionStatus(submissionId))?.stage, 'queued');
      for (const number of [1, 2, 3, 4, 5]) {
        await ledger.recordAttempt(attempt(submissionId, number, 50, { evaluation: 2 }));
      }
      const recorded = await ledger.recordOutcome(
        outcome(submissionId, { evaluation: 2, mfu: 50, at: minute(90) }),
      );
      assert.equal(recorded.standing.leader?.mfu, 50);
      assert.equal((await ledger.verifyLedger()).equal, true);
    });

    it('is not ended by a late record of the first', async () => {
      const { submissionId } = await score(ledger, '5A', 40, 1000);
      await ledger.beginEvaluation(submissionId, 2);
      await ledger.recordOutcome(outcome(submissionId, { mfu: 40 }));
      assert.equal((await ledger.submissionStatus(submissionId))?.stage, 'queued');
    });
  });
});

describe('claims on code', () => {
  const database = withTestDatabase();
  let ledger: Ledger;

  before(async () => {
    await migrateLedger(database);
    ledger = openLedger({ connectionString: database.connectionString });
  });
  after(() => ledger.close());
  afterEach(() => database.query('truncate submissions, scores cascade'));

  const normalisedHash = 'ab'.repeat(32);
  const committed = async (hotkey: string, commitBlock: number): Promise<string> => {
    const submission = newSubmission(hotkey, commitBlock);
    await ledger.openSubmission(submission);
    return submission.submissionId;
  };
  const claim = async (submissionId: string) => ledger.claimCode({ submissionId, normalisedHash });

  it('are kept by who committed first', async () => {
    const first = await committed('5First', 10);
    assert.deepEqual(await claim(first), { owner: 'self' });
    assert.deepEqual(await claim(await committed('5Copy', 20)), {
      owner: 'other',
      submissionId: first,
      hotkey: '5First',
      commitBlock: 10,
    });
    assert.deepEqual(await claim(first), { owner: 'self' });
  });

  it('pass to an earlier commitment that was revealed later', async () => {
    const late = await committed('5Late', 20);
    await claim(late);
    assert.deepEqual(await claim(await committed('5Early', 10)), { owner: 'self' });
    const answer = await claim(late);
    assert.equal(answer.owner === 'other' && answer.hotkey, '5Early');
  });

  it('stay where a score has settled them', async () => {
    const late = await committed('5Late', 20);
    await claim(late);
    await ledger.recordOutcome(outcome(late, { mfu: 40 }));
    const answer = await claim(await committed('5Early', 10));
    assert.equal(answer.owner === 'other' && answer.hotkey, '5Late');
  });

  it('turn the score of a copy into a rejection when the original appears meanwhile', async () => {
    const late = await committed('5Late', 20);
    await claim(late);
    await claim(await committed('5Early', 10));
    const recorded = await ledger.recordOutcome(outcome(late, { mfu: 40 }));
    assert.equal(recorded.stage, 'rejected');
    assert.equal(recorded.error?.code, 'code_duplicate');
    assert.deepEqual(recorded.error.details, { block: 10, hotkey: '5Early' });
    assert.equal(recorded.standing.leader, null);
    assert.equal((await ledger.verifyLedger()).equal, true);
  });

  it('let a hotkey hand in its own code again', async () => {
    await claim(await committed('5Same', 10));
    assert.deepEqual(await claim(await committed('5Same', 20)), { owner: 'self' });
    assert.deepEqual(await claim(await committed('5Same', 5)), { owner: 'self' });
  });

  it('give one owner to hotkeys that claim at the same time', async () => {
    const claimants = await Promise.all([30, 10, 20, 40].map((block) => committed(`5At${block}`, block)));
    await Promise.all(claimants.map(claim));
    const answers = await Promise.all(claimants.map(claim));
    assert.deepEqual(
      answers.map(({ owner }) => owner),
      ['other', 'self', 'other', 'other'],
    );
  });
});
