import assert from 'node:assert/strict';

import { migrateLedger, type Ledger } from '../../../lib/store/index.js';
import { withTestLedger } from '../../support/postgres.js';
import { attempt, minersFault, minute, newSubmission, outcome, settings, subnet } from './facts.js';

describe('the ledger', () => {
  let ledger: Ledger;
  const database = withTestLedger((opened) => (ledger = opened));

  const opened = async (hotkey: string, commitBlock: number): Promise<string> => {
    const submission = newSubmission(hotkey, commitBlock);
    await ledger.openSubmission(submission);
    return submission.submissionId;
  };

  describe('migrations', () => {
    it('run once', async () => {
      assert.deepEqual(await migrateLedger(database), []);
      await ledger.requireSchema();
    });

    it('make a role that may read everything and write nothing', async () => {
      const rights = await database.query(`
        select bool_and(has_table_privilege('crusades_reader', oid, 'select')) as reads,
          bool_or(has_table_privilege('crusades_reader', oid, 'insert, update, delete, truncate')) as writes
        from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
          and relname not like 'kysely%'`);
      assert.deepEqual(rights, [{ reads: true, writes: false }]);
    });
  });

  describe('commitments', () => {
    const seen = (hotkey: string, commitBlock: number) => ({
      ...subnet,
      hotkey,
      commitBlock,
      digest: 'ef'.repeat(32),
      kind: 'sealed' as const,
      workflowId: `devnet/3/submission/${hotkey}/${commitBlock}`,
    });

    it('are known after they were remembered, and only those', async () => {
      await ledger.rememberCommitments([seen('5Known', 10), seen('5Known', 20)]);
      const known = await ledger.knownCommitments(subnet, [
        { hotkey: '5Known', commitBlock: 20 },
        { hotkey: '5Known', commitBlock: 30 },
        { hotkey: '5Stranger', commitBlock: 10 },
      ]);
      assert.deepEqual(known, [seen('5Known', 20)]);
    });

    it('are remembered as they were first seen', async () => {
      await ledger.rememberCommitments([seen('5First', 10)]);
      await ledger.rememberCommitments([{ ...seen('5First', 10), kind: 'revealed' }]);
      const [known] = await ledger.knownCommitments(subnet, [{ hotkey: '5First', commitBlock: 10 }]);
      assert.equal(known?.kind, 'sealed');
    });

    it('of another subnet are another matter', async () => {
      await ledger.rememberCommitments([seen('5Elsewhere', 10)]);
      const keys = [{ hotkey: '5Elsewhere', commitBlock: 10 }];
      assert.deepEqual(await ledger.knownCommitments({ ...subnet, netuid: 4 }, keys), []);
    });

    it('are looked up five thousand at once, in a second', async () => {
      const many = Array.from({ length: 5000 }, (_, index) => seen(`5Many${index}`, index));
      await ledger.rememberCommitments(many);
      const start = performance.now();
      const known = await ledger.knownCommitments(subnet, many);
      assert.equal(known.length, 5000);
      assert.ok(performance.now() - start < 1000);
    });
  });

  describe('a submission', () => {
    it('is told from its commitment on, with every stage it reached', async () => {
      const submission = newSubmission('5Story', 100);
      const { submissionId } = submission;
      await ledger.openSubmission(submission);
      await ledger.enterStage({
        submissionId,
        stage: 'awaiting_reveal',
        at: minute(0),
        detail: { round: 7 },
      });
      await ledger.admit({
        submissionId,
        uid: 9,
        revealBlock: 110,
        url: 'https://host/train.py',
        committedHash: 'ab'.repeat(16),
      });
      await ledger.enterStage({ submissionId, stage: 'fetching', at: minute(1) });

      const story = await ledger.submissionStatus(submissionId);
      assert.deepEqual(story?.stages, [
        { stage: 'awaiting_reveal', at: minute(0), detail: { round: 7 } },
        { stage: 'fetching', at: minute(1), detail: null },
      ]);
      assert.equal(story.stage, 'fetching');
      assert.equal(story.uid, 9);
      assert.equal(story.settingsHash, settings.hash);
      assert.equal(story.outcome, null);
    });

    it('keeps the settings that were in force when it started', async () => {
      const id = await opened('5Frozen', 1);
      const [row] = await database.query(`select settings from submissions where id = '${id}'`);
      assert.deepEqual(row?.['settings'], settings.hparams);
    });

    it('is found by its id, its workflow id and its hotkey, whose newest one it is', async () => {
      await opened('5Found', 1);
      const newest = await opened('5Found', 2);
      for (const name of [newest, 'devnet/3/submission/5Found/2', '5Found']) {
        assert.equal((await ledger.submissionStatus(name))?.submissionId, newest);
      }
      assert.equal(await ledger.submissionStatus('5Nobody'), null);
    });

    it('opened twice is one', async () => {
      const submission = newSubmission('5Twice', 1);
      await ledger.openSubmission(submission);
      await ledger.openSubmission(submission);
      assert.equal((await ledger.recentSubmissions({ hotkey: '5Twice' })).length, 1);
    });

    it('does not go back to a stage when an old entry is written late', async () => {
      const submissionId = await opened('5Late', 1);
      await ledger.enterStage({ submissionId, stage: 'scanning', at: minute(5) });
      await ledger.enterStage({ submissionId, stage: 'fetching', at: minute(4) });
      assert.equal((await ledger.submissionStatus(submissionId))?.stage, 'scanning');
    });

    it('stays ended when a stage is entered afterwards', async () => {
      const submissionId = await opened('5Ended', 1);
      await ledger.recordOutcome(outcome(submissionId, { stage: 'cancelled', error: minersFault }));
      await ledger.enterStage({ submissionId, stage: 'evaluating', at: minute(99) });
      const story = await ledger.submissionStatus(submissionId);
      assert.equal(story?.stage, 'cancelled');
      assert.equal(story.outcome, 'moment_mismatch');
      assert.deepEqual(story.error, minersFault);
    });

    it('that nobody opened is named in the error', async () => {
      await assert.rejects(
        ledger.enterStage({ submissionId: '0'.repeat(12), stage: 'queued', at: minute(0) }),
        {
          code: 'submission_unknown',
        },
      );
    });

    it('counts for the rate limit once it is admitted, not before', async () => {
      const submissionId = await opened('5Limited', 50);
      assert.equal(await ledger.lastAdmittedCommitBlock(subnet, '5Limited', 400), null);
      await ledger.admit({ submissionId, uid: 1, revealBlock: null, url: 'u', committedHash: 'h' });
      assert.equal(await ledger.lastAdmittedCommitBlock(subnet, '5Limited', 400), 50);
      assert.equal(await ledger.lastAdmittedCommitBlock(subnet, '5Limited', 50), null);
    });
  });

  describe('attempts', () => {
    it('come back as they were recorded', async () => {
      const submissionId = await opened('5Exact', 1);
      const exact = attempt(submissionId, 1, 41.12345678901234);
      await ledger.recordAttempt(exact);
      assert.deepEqual(await ledger.attemptsOf(submissionId), [exact]);
    });

    it('stand as they were first recorded', async () => {
      const submissionId = await opened('5Again', 1);
      await ledger.recordAttempt(attempt(submissionId, 1, 41));
      await ledger.recordAttempt(attempt(submissionId, 1, 80));
      assert.deepEqual(
        (await ledger.attemptsOf(submissionId)).map(({ mfu }) => mfu),
        [41],
      );
    });

    it('of another evaluation are other attempts', async () => {
      const submissionId = await opened('5Evaluations', 1);
      await ledger.recordAttempt(attempt(submissionId, 1, 41));
      await ledger.recordAttempt(attempt(submissionId, 1, 42, { evaluation: 2 }));
      assert.deepEqual(
        (await ledger.attemptsOf(submissionId, 2)).map(({ mfu }) => mfu),
        [42],
      );
    });

    it('may say what Postgres cannot store', async () => {
      const submissionId = await opened('5Binary', 1);
      const odd = { ...minersFault, message: 'a \0 and \ud800', details: { text: '\0' } };
      await ledger.recordAttempt(attempt(submissionId, 1, 41, { outputTail: 'x\0y\udc00', error: odd }));
      const [stored] = await ledger.attemptsOf(submissionId);
      assert.equal(stored?.outputTail, 'x\uFFFDy\uFFFD');
      assert.equal(stored.error?.message, 'a \uFFFD and \uFFFD');
    });
  });

  describe('code', () => {
    it('is stored once by its hash, byte for byte', async () => {
      const text = '# caf\u00e9 \0 \u{1F600}\ndef inner_steps(): ...\n';
      const one = await opened('5Code', 1);
      const other = await opened('5Code', 2);
      const sha256 = 'aa'.repeat(32);
      const stored = await ledger.storeCode({ submissionId: one, url: 'https://a/x.py', text, sha256 });
      await ledger.storeCode({ submissionId: other, url: 'https://b/y.py', text, sha256 });
      assert.equal(stored.bytes, Buffer.byteLength(text));
      assert.equal((await ledger.codeOf(other))?.text, text);
      assert.equal(await ledger.codeOf(await opened('5Code', 3)), null);
      assert.equal((await database.query(`select from code_blobs where sha256 = '${sha256}'`)).length, 1);
    });
  });

  describe('weights', () => {
    const tried = {
      ...subnet,
      hotkey: '5Validator',
      decidedBlock: 100,
      attempt: 1,
      target: [{ uid: 1, share: 1 }],
      reason: 'interval',
      route: 'set_weights' as const,
      outcome: 'submitted' as const,
      txHash: '0xabc',
      block: null,
      confirmedBlock: null,
      error: null,
      at: minute(1),
    };

    it('keep what became known of a try', async () => {
      await ledger.recordWeights(tried);
      await ledger.recordWeights({
        ...tried,
        outcome: 'confirmed',
        txHash: null,
        block: 101,
        confirmedBlock: 103,
      });
      assert.deepEqual(await ledger.weightHistory(subnet), [
        { ...tried, outcome: 'confirmed', block: 101, confirmedBlock: 103 },
      ]);
    });

    it('stay confirmed when an older record comes late', async () => {
      await ledger.recordWeights({ ...tried, decidedBlock: 200, outcome: 'confirmed' });
      await ledger.recordWeights({ ...tried, decidedBlock: 200, outcome: 'unknown' });
      const [newest] = await ledger.weightHistory(subnet, 1);
      assert.equal(newest?.outcome, 'confirmed');
    });
  });

  it('keeps an operator’s action once, however often it is recorded', async () => {
    const action = {
      id: 'update-1',
      action: 'cancel',
      reason: 'copied code',
      target: 'devnet/3/submission/5X/1',
      actor: 'ops@host',
      at: minute(3),
    };
    await ledger.recordOperatorAction(action);
    await ledger.recordOperatorAction(action);
    assert.deepEqual(await ledger.operatorActions(), [action]);
  });
});
