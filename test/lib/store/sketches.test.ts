import assert from 'node:assert/strict';

import type { Ledger } from '../../../lib/store/index.js';
import { withTestLedger } from '../../support/postgres.js';
import { attempt, minersFault, newSubmission, outcome, settings } from './facts.js';

describe('sketches in the ledger', () => {
  let ledger: Ledger;
  const database = withTestLedger((opened) => (ledger = opened));
  beforeEach(() => database.query('truncate submissions cascade'));

  const scanned = async (hotkey: string, block: number, version?: number): Promise<string> => {
    const submission = newSubmission(hotkey, block);
    const hparams = { ...settings.hparams, ...(version !== undefined && { competition_version: version }) };
    await ledger.openSubmission({ ...submission, settings: { ...settings, hparams } });
    await ledger.keepSketch({ submissionId: submission.submissionId, sketch: `sketch of ${hotkey}` });
    return submission.submissionId;
  };

  it('are compared with those of other hotkeys in the same competition, newest first', async () => {
    const first = await scanned('5First', 1);
    const second = await scanned('5Second', 2);
    await scanned('5Mine', 3);
    await scanned('5Elsewhere', 4, settings.hparams.competition_version + 1);
    const mine = await scanned('5Mine', 5);
    assert.deepEqual(await ledger.comparableSketches(mine), [
      { submissionId: second, sketch: 'sketch of 5Second' },
      { submissionId: first, sketch: 'sketch of 5First' },
    ]);
  });

  it('are compared with what is scored or under way, not with what was refused or failed', async () => {
    const scored = await scanned('5Scored', 1);
    await ledger.recordAttempt(attempt(scored, 1, 40));
    await ledger.recordOutcome(outcome(scored, { mfu: 40 }));
    const failed = await scanned('5Failed', 2);
    await ledger.recordOutcome(outcome(failed, { stage: 'failed', mfu: null, error: minersFault }));
    const mine = await scanned('5Mine', 3);
    assert.deepEqual(
      (await ledger.comparableSketches(mine)).map(({ submissionId }) => submissionId),
      [scored],
    );
  });

  it('are compared with a thousand at most', async () => {
    const mine = await scanned('5Mine', 1);
    await database.query(`
      insert into submissions (id, network, netuid, competition_version, hotkey, commit_block, workflow_id, settings, settings_hash)
      select lpad(n::text, 12, '0'), network, netuid, competition_version, '5Many', n, 'w' || n, settings, settings_hash
      from submissions, generate_series(1, 1100) n where id = '${mine}'`);
    await database.query(`
      insert into code_sketches (submission_id, sketch, recorded_at)
      select lpad(n::text, 12, '0'), 's', now() + n * interval '1 s' from generate_series(1, 1100) n`);
    const found = await ledger.comparableSketches(mine);
    assert.equal(found.length, 1000);
    assert.equal(found[0]?.submissionId, '000000001100');
  });

  it('keep the nearest that was found first, with whose it is', async () => {
    const first = await scanned('5First', 7);
    const later = await scanned('5Later', 8);
    const mine = await scanned('5Mine', 9);
    const nearest = { submissionId: first, similarity: 0.93 };
    const recorded = { ...nearest, hotkey: '5First', commitBlock: 7 };
    assert.equal(await ledger.nearestCode(mine), null);
    assert.deepEqual(await ledger.recordNearest({ submissionId: mine, compared: 1, nearest }), recorded);
    await ledger.keepSketch({ submissionId: mine, sketch: 'another' });
    const again = { submissionId: later, similarity: 1 };
    assert.deepEqual(
      await ledger.recordNearest({ submissionId: mine, compared: 2, nearest: again }),
      recorded,
    );
    assert.deepEqual(await ledger.nearestCode(mine), recorded);
  });

  it('have nothing near where there was nothing to compare with', async () => {
    const mine = await scanned('5Mine', 1);
    assert.equal(await ledger.recordNearest({ submissionId: mine, compared: 0, nearest: null }), null);
    assert.equal(await ledger.nearestCode(mine), null);
  });
});
