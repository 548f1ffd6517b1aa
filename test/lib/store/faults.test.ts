import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

import { migrateLedger, openLedger, type Ledger } from '../../../lib/store/index.js';
import { withTestDatabase } from '../../support/postgres.js';
import { competition, newSubmission, outcome, subnet } from './facts.js';

const CUT = `
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name = 'crusades'`;

describe('a ledger with trouble', () => {
  const database = withTestDatabase();
  let ledger: Ledger;

  before(async () => {
    await migrateLedger(database);
    ledger = openLedger({ connectionString: database.connectionString, statementTimeoutMs: 400 });
  });
  after(() => ledger.close());

  const read = () => ledger.recentSubmissions();

  it('says that Postgres is away when nothing listens', async () => {
    const away = openLedger({ connectionString: 'postgres://u:secret@127.0.0.1:1/x' });
    await assert.rejects(away.recentSubmissions(), (error: Error) => {
      assert.match(error.message, /^Postgres does not answer: .*ECONNREFUSED/);
      assert.doesNotMatch(JSON.stringify(error), /secret/);
      return true;
    });
    await away.close();
  });

  it('says so for a host that no name server knows', async () => {
    const away = openLedger({ connectionString: 'postgres://u@no-such-host.invalid/x' });
    await assert.rejects(away.recentSubmissions(), { code: 'ledger_unreachable' });
    await away.close();
  });

  it('says so for a server that accepts and stays silent', async () => {
    const sockets: Socket[] = [];
    const silent: Server = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const away = openLedger({ connectionString: `postgres://u@127.0.0.1:${port}/x`, connectTimeoutMs: 200 });
    await assert.rejects(away.recentSubmissions(), { code: 'ledger_unreachable' });
    await away.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('says so for a wrong password and a missing database', async () => {
    const wrong = new URL(database.connectionString);
    wrong.password = 'wrong';
    const missing = new URL(database.connectionString);
    missing.pathname = '/missing';
    for (const { href } of [wrong, missing]) {
      const away = openLedger({ connectionString: href });
      await assert.rejects(away.recentSubmissions(), { code: 'ledger_unreachable' });
      await away.close();
    }
  });

  it('goes on by itself after its connections were cut', async () => {
    await read();
    await database.query(CUT);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(await read(), []);
  });

  it('drops a connection whose server has fallen silent, and goes on with another one', async () => {
    await read();
    const backends = await database.query(`
      select pid from pg_stat_activity where datname = current_database() and application_name = 'crusades'`);
    const pids = backends.map(({ pid }) => Number(pid));
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      for (const _stopped of pids) await assert.rejects(read(), { code: 'ledger_unreachable' });
      assert.deepEqual(await read(), []);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
  });

  it('leaves nothing behind of an outcome whose connection was cut halfway', async () => {
    const submission = newSubmission('5Halfway', 1);
    await ledger.openSubmission(submission);
    await database.query(`
      create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.3); return new; end $$;
      create trigger slow before insert on scores for each row execute function slow()`);
    const record = () => ledger.recordOutcome(outcome(submission.submissionId, { mfu: 40 }));
    const recording = record();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.all([assert.rejects(recording, { code: 'ledger_unreachable' }), database.query(CUT)]);
    assert.equal((await ledger.submissionStatus(submission.submissionId))?.stage, 'awaiting_reveal');

    await database.query('drop trigger slow on scores; drop function slow');
    assert.equal((await record()).leads, true);
    await database.query('truncate submissions, scores cascade');
  });

  it('gives up a statement that takes too long', async () => {
    const submission = newSubmission('5Slow', 1);
    await database.query(`
      create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(5); return new; end $$;
      create trigger slow before insert on submissions for each row execute function slow()`);
    const start = performance.now();
    await assert.rejects(ledger.openSubmission(submission), { code: 'ledger_unreachable' });
    assert.ok(performance.now() - start < 2000);
    await database.query('drop trigger slow on submissions; drop function slow');
    await ledger.openSubmission(submission);
  });

  it('names a conflict as something to try again', async () => {
    await database.query(`
      create function collide() returns trigger language plpgsql as
        $$ begin raise exception 'could not serialize access' using errcode = '40001'; end $$;
      create trigger collide before insert on commitments_seen for each row execute function collide()`);
    const seen = {
      ...subnet,
      hotkey: '5X',
      commitBlock: 1,
      digest: null,
      kind: 'plain' as const,
      workflowId: null,
    };
    await assert.rejects(ledger.rememberCommitments([seen]), { code: 'ledger_conflict' });
    await database.query('drop trigger collide on commitments_seen; drop function collide');
  });

  it('cannot write when it was opened for reading', async () => {
    const reader = openLedger({ connectionString: database.connectionString, readOnly: true });
    assert.deepEqual(await reader.knownCommitments(subnet, [{ hotkey: '5X', commitBlock: 1 }]), []);
    await assert.rejects(reader.openSubmission(newSubmission('5X', 1)), /read-only transaction/);
    await reader.close();
  });
});

describe('a login with the role crusades_reader', () => {
  const database = withTestDatabase();
  const login = `reader_${Date.now()}`;

  before(async () => {
    await migrateLedger(database);
    await database.query(`create role ${login} login password 'reads' in role crusades_reader`);
  });

  it('suffices for every question and for no write', async () => {
    const address = new URL(database.connectionString);
    address.username = login;
    address.password = 'reads';
    const reader = openLedger({ connectionString: address.href });
    await reader.requireSchema();
    assert.equal((await reader.verifyLedger()).equal, true);
    assert.deepEqual((await reader.leaderboard(competition, 0)).entries, []);
    assert.deepEqual(await reader.recentSubmissions(), []);
    assert.deepEqual(await reader.weightHistory(subnet), []);
    assert.equal(await reader.submissionStatus('5X'), null);
    await assert.rejects(reader.openSubmission(newSubmission('5X', 1)), /permission denied/);
    await reader.close();
  });
});

describe('the ledger’s schema', () => {
  const empty = withTestDatabase();
  const newer = withTestDatabase();

  it('is asked for by name where nothing has been migrated', async () => {
    const ledger = openLedger({ connectionString: empty.connectionString });
    await assert.rejects(ledger.requireSchema(), {
      message: /is at no version, this version needs 0003_code_sketches/,
    });
    await assert.rejects(ledger.recentSubmissions(), { code: 'ledger_schema_mismatch' });
    await ledger.close();
  });

  it('of a newer version is refused, not changed', async () => {
    await migrateLedger(newer);
    await newer.query("insert into kysely_migration values ('9999_future', now()::text)");
    await assert.rejects(migrateLedger(newer), {
      message: /is at 9999_future, this version needs 0003_code_sketches/,
    });
  });

  it('can be made by a user who may make no roles', async () => {
    const owner = `owner_${Date.now()}`;
    await empty.query(`create role ${owner} login password 'owns'`);
    await empty.query(`create database ${owner} owner ${owner}`);
    const address = new URL(empty.connectionString);
    Object.assign(address, { username: owner, password: 'owns', pathname: `/${owner}` });
    assert.deepEqual(await migrateLedger({ connectionString: address.href }), [
      '0001_ledger',
      '0002_replays',
      '0003_code_sketches',
    ]);
    await empty.query(`drop database ${owner}`);
  });

  it('is made once when several processes migrate at the same time', async () => {
    const ran = await Promise.all([1, 2, 3].map(() => migrateLedger(empty)));
    assert.deepEqual(ran.flat(), ['0001_ledger', '0002_replays', '0003_code_sketches']);
  });
});
