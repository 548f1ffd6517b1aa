import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

import { trustedConnections } from './connections.js';
import type { LedgerSchema } from './schema.js';

export interface DatabaseOptions {
  /** postgres://user:password@host:port/database */
  readonly connectionString: string;
  /** Connections at most. Default 10. */
  readonly connections?: number;
  /** Milliseconds that one statement may take. Default 10,000. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds for a connection, waiting for a free one included. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Sessions that cannot write, whatever the role may do. */
  readonly readOnly?: boolean;
}

const { builtins } = pg.types;

type Parser = (text: string) => unknown;

/** bigint as a number (blocks, rounds and sequences stay far below 2^53), times as ISO 8601 in UTC. */
const PARSERS = new Map<number, Parser>([
  [builtins.INT8, Number],
  [builtins.TIMESTAMPTZ, (text) => new Date(text).toISOString()],
]);

/** A database behind a pool of connections. Connects when first used; each statement has its deadline. */
export const openDatabase = (options: DatabaseOptions): Kysely<LedgerSchema> => {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const pool = trustedConnections({
    connectionString: options.connectionString,
    max: options.connections ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: statementTimeoutMs,
    // For a server that does not even answer with its own time-out.
    query_timeout: statementTimeoutMs + 2_000,
    lock_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs * 2,
    keepAlive: true,
    application_name: 'crusades',
    ...(options.readOnly === true && { options: '-c default_transaction_read_only=on' }),
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        PARSERS.get(oid) ?? (pg.types.getTypeParser(oid, format) as Parser),
    },
  });
  return new Kysely<LedgerSchema>({ dialect: new PostgresDialect({ pool }) });
};
