import assert from 'node:assert/strict';

import { Command } from 'commander';

import { migrateLedger, openLedger } from '../../../../lib/store/index.js';
import { score } from '../../../lib/store/facts.js';
import { withTestDatabase } from '../../../support/postgres.js';

describe('crusades ledger verify', () => {
  const database = withTestDatabase();
  const former = process.env['DATABASE_URL'];

  before(async () => {
    await migrateLedger(database);
    const ledger = openLedger({ connectionString: database.connectionString });
    await score(ledger, '5A', 40, 1000);
    await score(ledger, '5B', 44, 1001);
    await ledger.close();
  });
  afterEach(() => {
    process.exitCode = 0;
    if (former === undefined) delete process.env['DATABASE_URL'];
    else process.env['DATABASE_URL'] = former;
  });

  /** Runs the command in this process. */
  const run = async (address: string, ...options: string[]) => {
    process.env['DATABASE_URL'] = address;
    const said: string[] = [];
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
    try {
      // Imported here, because mocha requires this file and the command imports: one kind of module for all of it.
      const { registerLedgerCommand } = await import('../../../../clients/cli/ledger.js');
      const program = new Command();
      registerLedgerCommand(program);
      await program.parseAsync(['ledger', 'verify', ...options], { from: 'user' });
    } finally {
      process.stdout.write = write;
    }
    return { code: process.exitCode, output: said.join('') };
  };

  it('answers 0 when everything follows from the attempts', async () => {
    const { code, output } = await run(database.connectionString);
    assert.equal(code, 0);
    assert.match(output, /^All of it follows from the attempts: 2 scored submissions, 10 attempts/);
  });

  it('answers 3 and a document when Postgres is away', async () => {
    const { code, output } = await run('postgres://u@127.0.0.1:1/x', '--json');
    assert.equal(code, 3);
    assert.equal((JSON.parse(output) as { error: { code: string } }).error.code, 'ledger_unreachable');
  });

  it('answers 1 and the differences when something was changed', async () => {
    await database.query('update scores set mfu = mfu + 1');
    const { code, output } = await run(database.connectionString, '--json');
    assert.equal(code, 1);
    const { equal, differences } = JSON.parse(output) as { equal: boolean; differences: object[] };
    assert.equal(equal, false);
    assert.equal(differences.length, 4);
  });
});
