import type { Migration } from 'kysely';

import * as ledger from './0001_ledger.js';

/** In the order in which they run; names are recorded in the database and never change. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_ledger': ledger,
};
