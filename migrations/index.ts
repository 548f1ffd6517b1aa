import type { Migration } from 'kysely';

import * as ledger from './0001_ledger.js';
import * as replays from './0002_replays.js';
import * as codeSketches from './0003_code_sketches.js';

/** In the order in which they run; names are recorded in the database and never change. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_ledger': ledger,
  '0002_replays': replays,
  '0003_code_sketches': codeSketches,
};
