import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres, type RunningPostgres } from '../../../lib/stack/index.js';

describe('startPostgres', function () {
  this.timeout(90_000);
  let folder: string;
  let running: RunningPostgres | undefined;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'crusades-postgres-'));
    // Under root, Postgres runs as its own user, who must be able to pass.
    chmodSync(folder, 0o755);
  });

  afterEach(() => running?.process.stop());

  after(() => rmSync(folder, { recursive: true }));

  const start = async (port?: number): Promise<RunningPostgres> => {
    running = await startPostgres({
      dataDir: join(folder, 'data'),
      logFile: join(folder, 'postgres.log'),
      ...(port !== undefined && { port }),
    });
    return running;
  };

  const query = async (connectionString: string, text: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString, query_timeout: 10_000 });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };

  const portOf = ({ connectionString }: RunningPostgres): number => Number(new URL(connectionString).port);

  it('keeps what was committed when it is killed with its clients and started again on the same port', async () => {
    const first = await start();
    await query(first.connectionString, 'create table facts (fact text)');
    await query(first.connectionString, `insert into facts values ('kept')`);
    const busy = new pg.Client({ connectionString: first.connectionString });
    busy.on('error', () => undefined);
    await busy.connect();
    const sleeping = busy.query('select pg_sleep(60)').catch(() => undefined);
    first.process.kill('SIGKILL');
    await first.process.exited;

    const second = await start(portOf(first));
    assert.equal(second.connectionString, first.connectionString);
    assert.deepEqual(await query(second.connectionString, 'select fact from facts'), [{ fact: 'kept' }]);
    await sleeping;
  });

  it('starts although a stranger has got the process id of the killed server', async () => {
    const first = await start();
    first.process.kill('SIGKILL');
    await first.process.exited;
    // The test's own process: it is alive and has nothing to do with Postgres.
    writeFileSync(join(folder, 'data', 'postmaster.pid'), `${process.pid}\n${join(folder, 'data')}\n`);
    const second = await start();
    assert.deepEqual(await query(second.connectionString, 'select 1 as one'), [{ one: 1 }]);
  });

  it('stops although a client is connected', async () => {
    const { connectionString, process: server } = await start();
    const client = new pg.Client({ connectionString });
    client.on('error', () => undefined);
    await client.connect();
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
  });

  it('lets nobody in without the password', async () => {
    const { connectionString } = await start();
    const address = new URL(connectionString);
    address.password = 'guessed';
    await assert.rejects(query(address.href, 'select 1'), { code: '28P01' });
  });

  it('refuses a port that is taken', async () => {
    const port = portOf(await start());
    await assert.rejects(
      startPostgres({ dataDir: join(folder, 'other'), logFile: join(folder, 'other.log'), port }),
      { code: 'port_taken' },
    );
  });

  it('refuses a data directory that a living server uses', async () => {
    const first = await start();
    await assert.rejects(start(), { code: 'argument_invalid', message: /another Postgres/ });
    await first.process.stop();
  });
});
