import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

import getPort from 'get-port';
import pg from 'pg';

import { migrateLedger, openLedger, type Ledger } from '../../lib/store/index.js';
import { startPostgres, type RunningPostgres } from '../../lib/stack/index.js';

/** Postgres for tests: one server for the whole run, started when first needed, a fresh database for each suite. */

interface TestServer {
  readonly postgres: RunningPostgres;
  readonly folder: string;
}

let server: Promise<TestServer> | undefined;

const startServer = async (): Promise<TestServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'crusades-test-postgres-'));
  // Run by root, Postgres works under a user of its own, who has to get here.
  await chmod(folder, 0o755);
  const postgres = await startPostgres({
    dataDir: join(folder, 'data'),
    logFile: join(folder, 'postgres.log'),
    // Any port: several test runs that begin together would all choose the first free one above 5432.
    port: await getPort({ host: '127.0.0.1' }),
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  // What a test writes need not survive a power cut.
  await query(postgres.connectionString, "alter system set fsync = 'off'");
  await query(postgres.connectionString, 'select pg_reload_conf()');
  return { postgres, folder };
};

after('stop Postgres', async function () {
  this.timeout(30_000);
  // One that did not start has failed its suite already.
  const started = await server?.catch(() => undefined);
  if (started === undefined) return;
  const { postgres, folder } = started;
  await postgres.process.stop();
  await rm(folder, { recursive: true, force: true });
});

export interface TestDatabase {
  /** Of an empty database; to be read within hooks and tests only. */
  readonly connectionString: string;
  /** Runs statements past the ledger, to look at tables or to damage them. */
  query(statements: string): Promise<Record<string, unknown>[]>;
}

/** To be called in a `describe`: its tests have an empty database of their own. */
export const withTestDatabase = (): TestDatabase => {
  const name = `test_${randomBytes(6).toString('hex')}`;
  let connectionString = '';
  let admin = '';

  before('make a database', async function () {
    this.timeout(120_000);
    server ??= startServer();
    const { postgres } = await server;
    admin = postgres.connectionString;
    await query(admin, `create database ${name}`);
    const url = new URL(admin);
    url.pathname = `/${name}`;
    connectionString = url.href;
  });

  after('drop the database', async () => {
    if (connectionString !== '') await query(admin, `drop database ${name} with (force)`);
  });

  return {
    get connectionString() {
      return connectionString;
    },
    query: (statements) => query(connectionString, statements),
  };
};

const query = async (connectionString: string, statements: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, query_timeout: 30_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statements)).rows;
  } finally {
    await client.end();
  }
};

/** To be called in a `describe`: its tests have a ledger of their own, which is handed over before the first. */
export const withTestLedger = (handOver: (ledger: Ledger) => void): TestDatabase => {
  const database = withTestDatabase();
  let ledger: Ledger | undefined;
  before(async () => {
    await migrateLedger(database);
    ledger = openLedger({ connectionString: database.connectionString });
    handOver(ledger);
  });
  after(() => ledger?.close());
  return database;
};
