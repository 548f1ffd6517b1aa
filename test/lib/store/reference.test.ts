import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { packaged } from '../../../lib/settings/index.js';
import { migrateLedger } from '../../../lib/store/index.js';
import { withTestDatabase } from '../../support/postgres.js';

describe('the reference of the ledger', () => {
  const database = withTestDatabase();

  it('names every table with every column, and no others', async () => {
    await migrateLedger(database);
    const rows = await database.query(`
      select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = 'public' and table_name not like 'kysely%'`);
    const text = await readFile(packaged('docs/reference/ledger.md'), 'utf8');
    const [, ...sections] = text.split('\n### ');
    const documented = sections.flatMap((section) => {
      const table = section.slice(0, section.indexOf('\n'));
      const firstCells = section.split('\n').flatMap((line) => /^\| (`[^|]*) \|/.exec(line)?.[1] ?? []);
      const columns = firstCells.flatMap((cell) =>
        cell.split(',').map((name) => name.trim().replaceAll('`', '')),
      );
      return columns.map((column) => `${table}.${column}`);
    });
    assert.deepEqual(documented.sort(), rows.map(({ name }) => name).sort());
  });
});
