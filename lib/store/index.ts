export type { Ledger, LedgerReader } from './ledger.js';
export type * from './types.js';
