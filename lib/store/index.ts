export type { DatabaseOptions } from './database.js';
export type { Ledger, LedgerReader } from './ledger.js';
export { migrateLedger } from './migrate.js';
export { openLedger } from './open.js';
export type * from './types.js';
