import assert from 'node:assert/strict';

import { migrateLedger, openLedger, type Ledger } from '../../../lib/store/index.js';
import { withTestDatabase } from '../../support/postgres.js';
import { score } from './facts.js';

describe('verifyLedger', () => {
  const database = withTestDatabase();
  let ledger: Ledger;
  let leaders: { first: string; second: string };

  before(async () => {
    await migrateLedger(database);
    ledger = openLedger({ connectionString: database.connectionString });
  });
  after(() => ledger.close());
  beforeEach(async () => {
    await database.query('truncate submissions, scores cascade');
    const { submissionId: first } = await score(ledger, '5A', 40, 1000);
    await score(ledger, '5B', 40.1, 1010);
    const { submissionId: second } = await score(ledger, '5C', 47.3, 1250);
    leaders = { first, second };
  });

  const problems = async () =>
    (await ledger.verifyLedger()).differences.map(({ submissionId, problem }) => [submissionId, problem]);

  it('finds nothing in a ledger that nobody touched', async () => {
    assert.deepEqual(await ledger.verifyLedger(), {
      equal: true,
      competitions: 1,
      submissions: 3,
      attempts: 15,
      leaderChanges: 2,
      differences: [],
    });
  });

  it('finds nothing in an empty ledger', async () => {
    await database.query('truncate submissions, scores cascade');
    assert.equal((await ledger.verifyLedger()).equal, true);
  });

  it('finds a score that was lifted', async () => {
    await database.query(`update scores set mfu = 60 where submission_id = '${leaders.first}'`);
    assert.deepEqual(await problems(), [
      [leaders.first, 'the submission’s MFU is not the one in the list of scores'],
      [leaders.first, 'the score is not the median of the recorded attempts'],
    ]);
  });

  it('finds an attempt that is gone', async () => {
    await database.query(`delete from attempts where submission_id = '${leaders.second}' and number > 2`);
    const found = await problems();
    assert.deepEqual(found[0], [leaders.second, 'the 2 recorded attempts amount to no score']);
    assert.deepEqual(found[1], [leaders.second, 'leader change 2 follows from no score']);
  });

  it('finds an attempt that was changed, and what it would have changed', async () => {
    await database.query(`update attempts set mfu = 40.2 where submission_id = '${leaders.second}'`);
    const { differences } = await ledger.verifyLedger();
    assert.deepEqual(
      differences.map(({ what, recorded, computed }) => [what, typeof recorded, typeof computed]),
      [
        ['score', 'number', 'number'],
        ['leader_change', 'object', 'object'],
      ],
    );
  });

  it('finds a leader change that was taken out', async () => {
    await database.query(`delete from leader_history where submission_id = '${leaders.second}'`);
    assert.deepEqual(await problems(), [[leaders.second, 'leader change 2 is missing']]);
  });

  it('finds a threshold that was lowered', async () => {
    await database.query(`
      update leader_history set transition = jsonb_set(transition, '{leader,threshold,value}', '0.01')
      where submission_id = '${leaders.second}'`);
    assert.deepEqual(await problems(), [
      [leaders.second, 'leader change 2 is not what the scores amount to'],
    ]);
  });

  it('finds a leader that no score made', async () => {
    await database.query(`
      insert into leader_history (network, netuid, competition_version, submission_id, score_sequence, mfu, block,
        threshold_before, threshold_after, transition)
      select network, netuid, competition_version, id, sequence, scores.mfu, 1, 0, 0,
        '{"kind":"new_leader","leader":{"submissionId":"forged"}}'
      from submissions join scores on submission_id = id where hotkey = '5B'`);
    assert.deepEqual(await problems(), [['forged', 'leader change 3 follows from no score']]);
  });
});
