import { defineErrors } from '../define.js';

/** The ledger in Postgres. */
export const ledgerErrors = defineErrors({
  ledger_conflict: {
    stage: 'ledger',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: 'Another transaction changed the same rows: {reason}.',
    remedy: 'Nothing to do: it is tried again.',
  },
  ledger_full: {
    stage: 'ledger',
    fault: 'operator',
    retryable: true,
    final: false,
    message: 'Postgres cannot write: {reason}.',
    remedy: 'Free disk space; everything waits and goes on by itself.',
  },
  ledger_schema_mismatch: {
    stage: 'ledger',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The ledger’s schema is at {found}, this version needs {needed}.',
    remedy: 'Start the control worker once, which migrates; or use the version that matches the ledger.',
  },
  ledger_unreachable: {
    stage: 'ledger',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: 'Postgres does not answer: {reason}.',
    remedy: 'Start Postgres or correct DATABASE_URL; everything waits and goes on by itself.',
  },
});
