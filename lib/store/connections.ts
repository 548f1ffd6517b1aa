import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';

/**
 * A pool that never hands out a connection in doubt.
 *
 * `pg` puts a connection back into its pool after a query that ran into the client's own time-out, with the query
 * still under way and perhaps a transaction open; whoever got it next would wait behind it. Here every error that
 * Postgres itself has not sent closes the connection when it is given back.
 */
export const trustedConnections = (config: pg.PoolConfig): PostgresPool => {
  const pool = new pg.Pool(config);
  // A connection that breaks while nothing is asked of it says so by an event, which would end the process if
  // nobody listened: idle ones to the pool, lent ones (between two statements of a transaction) themselves.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    connect: async () => trusted(await pool.connect()),
    end: () => pool.end(),
  };
};

const trusted = (client: pg.PoolClient): PostgresPoolClient => {
  let doubtful = false;
  const query = async (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
    try {
      return await client.query(sql, [...parameters]);
    } catch (error) {
      doubtful ||= !(error instanceof pg.DatabaseError);
      throw error;
    }
  };
  return {
    query: query as PostgresPoolClient['query'],
    release: () => client.release(doubtful),
  };
};
