import pg from 'pg';
import { CrusadesError } from '../errors/index.js';
import { loadSettings, type Settings } from '../settings/index.js';
import { isPortFree } from '../stack/index.js';
import { fail, ok, type Finding } from './types.js';

const TIMEOUT_MS = 10_000;

/** The settings, for the checks that need them; null when they are not valid. */
export const checkSettings = (): { readonly finding: Finding; readonly settings: Settings | null } => {
  try {
    const settings = loadSettings();
    const { hparams } = settings;
    const detail = `valid: netuid ${hparams.netuid}, class ${hparams.gpu_class}, ${settings.environment.network}`;
    return { finding: ok('settings', detail), settings };
  } catch (error) {
    if (!(error instanceof CrusadesError)) throw error;
    return { finding: fail('settings', error.message, error.remedy), settings: null };
  }
};

export const checkLedger = async ({ environment }: Settings): Promise<Finding> => {
  const name = 'ledger';
  if (environment.databaseUrl === null) {
    return ok(name, 'DATABASE_URL is not set; `crusades up` starts a Postgres of its own');
  }
  const client = new pg.Client({
    connectionString: environment.databaseUrl,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return ok(name, `Postgres ${rows[0]?.server_version} answers`);
  } catch (error) {
    return fail(
      name,
      `Postgres does not answer: ${reasonOf(error)}`,
      'Start Postgres, or correct DATABASE_URL.',
    );
  } finally {
    await client.end().catch(() => undefined);
  }
};

export const checkTemporal = async (settings: Settings): Promise<Finding> => {
  const { address, namespace } = settings.temporal;
  const startsHere = ok('Temporal', `not running at ${address}; \`crusades up\` starts one`);
  if (isLocal(address) && (await isPortFree(Number(address.split(':').at(-1))))) return startsHere;
  const { connectClient } = await import('../temporal/client.js');
  try {
    const client = await connectClient(settings);
    try {
      const { connection } = client;
      const asked = () => client.workflowService.describeNamespace({ namespace });
      await connection.withDeadline(Date.now() + TIMEOUT_MS, asked);
      return ok('Temporal', `answers at ${address}, namespace ${namespace}`);
    } finally {
      await client.connection.close();
    }
  } catch (error) {
    const next = 'Start it, or correct address and namespace in temporal.yaml or TEMPORAL_ADDRESS.';
    return fail('Temporal', `${address}, namespace ${namespace}: ${reasonOf(error)}`, next);
  }
};

const isLocal = (address: string): boolean => /^(127\.|localhost:|\[::1\]:)/.test(address);

/** Refused connections come as an error without words of its own. */
const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(String).join('; ');
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
};
