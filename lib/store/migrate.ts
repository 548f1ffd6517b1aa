import { Migrator, type Kysely } from 'kysely';

import { migrations } from '../../migrations/index.js';
import { crusadesError } from '../errors/index.js';
import { openDatabase, type DatabaseOptions } from './database.js';
import { ledgerError } from './postgres-errors.js';
import type { LedgerSchema } from './schema.js';

const NEWEST = Object.keys(migrations).sort().at(-1) ?? 'none';
const MIGRATION_TIMEOUT_MS = 120_000;

/**
 * Brings the ledger's schema to this version; does nothing when it is there. Several processes may do it at once.
 *
 * @returns the names of the migrations that ran
 * @throws CrusadesError `ledger_schema_mismatch` for a ledger that a newer version has migrated, `ledger_*`
 */
export const migrate = async (db: Kysely<LedgerSchema>): Promise<string[]> => {
  const { error, results = [] } = await migratorOf(db).migrateToLatest();
  if (error === undefined) return results.map(({ migrationName }) => migrationName);
  throw isFromElsewhere(error) ? await mismatch(db) : ledgerError(error);
};

/** {@link migrate} over a connection of its own, which is closed afterwards. */
export const migrateLedger = async ({
  connectionString,
}: Pick<DatabaseOptions, 'connectionString'>): Promise<string[]> => {
  const db = openDatabase({ connectionString, connections: 2, statementTimeoutMs: MIGRATION_TIMEOUT_MS });
  try {
    return await migrate(db);
  } finally {
    await db.destroy();
  }
};

/** @throws CrusadesError `ledger_schema_mismatch` unless all migrations of this version, and no others, have run */
export const requireSchema = async (db: Kysely<LedgerSchema>): Promise<void> => {
  const applied = await appliedMigrations(db);
  if (applied.join() !== Object.keys(migrations).sort().join()) throw await mismatch(db);
};

const migratorOf = (db: Kysely<LedgerSchema>): Migrator =>
  new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });

/** kysely's words for migrations in the database that this version does not have. */
const isFromElsewhere = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('corrupted migrations');

const mismatch = async (db: Kysely<LedgerSchema>): Promise<Error> => {
  const found = (await appliedMigrations(db)).at(-1) ?? 'no version';
  return crusadesError('ledger_schema_mismatch', { found, needed: NEWEST });
};

const appliedMigrations = async (db: Kysely<LedgerSchema>): Promise<string[]> => {
  try {
    const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
    if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
    const rows = await db
      .withTables<{ kysely_migration: { name: string } }>()
      .selectFrom('kysely_migration')
      .select('name')
      .orderBy('name')
      .execute();
    return rows.map(({ name }) => name);
  } catch (error) {
    throw ledgerError(error);
  }
};
