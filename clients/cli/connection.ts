import type { Client } from '@temporalio/client';
import type { Chain } from '../../lib/chain/index.js';
import { CrusadesError, crusadesError } from '../../lib/errors/index.js';
import type { Subnet } from '../../lib/progress/index.js';
import { loadSettings, type Settings } from '../../lib/settings/index.js';
import { runningStacks, type RunningStack } from '../../lib/stack/running.js';
import type { LedgerReader } from '../../lib/store/index.js';
import type { Sources } from '../queries/submission.js';
import type { ConnectionOptions } from './connection-options.js';
import { note } from './output/print.js';

/** Which validator a command talks to. */
export interface Place {
  readonly settings: Settings;
  readonly subnet: Subnet;
  /** The stack on this machine whose addresses are used; null where the environment names them. */
  readonly local: RunningStack | null;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that say which validator is meant; one of them suffices to leave a local stack alone. */
const ADDRESS_VARIABLES = ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'CRUSADES_ENDPOINT'] as const;

/**
 * Settings and subnet: from options and the environment; where these name no address, from the stack that runs
 * on this machine.
 *
 * @throws `settings_invalid`
 */
export const choosePlace = (
  options: ConnectionOptions & {
    readonly endpoint?: string | undefined;
    readonly hparams?: string | undefined;
  },
  env: Env = process.env,
): Place => {
  const chosen = {
    ...env,
    ...(options.network !== undefined && { CRUSADES_NETWORK: options.network }),
    ...(options.endpoint !== undefined && { CRUSADES_ENDPOINT: options.endpoint }),
  };
  const local = localStack(chosen);
  const settings = loadSettings({
    env: { ...(local && variablesOf(local)), ...withoutEmpty(chosen) },
    ...(options.hparams !== undefined && { hparamsPath: options.hparams }),
  });
  const netuid = options.netuid ?? settings.hparams.netuid;
  return { settings, subnet: { network: settings.environment.network, netuid }, local };
};

/** Of several the newest, and it is said which that is. */
const localStack = (env: Env): RunningStack | null => {
  if (ADDRESS_VARIABLES.some((name) => env[name])) return null;
  const network = env['CRUSADES_NETWORK'];
  const [stack, ...others] = runningStacks().filter((each) => !network || each.network === network);
  if (stack === undefined) return null;
  if (others.length > 0) {
    note(
      `${others.length + 1} validators run on this machine; this is the newest: \`${stack.command}\` with ${stack.state}. ` +
        'DATABASE_URL, TEMPORAL_ADDRESS and CRUSADES_ENDPOINT choose another one.',
    );
  }
  return stack;
};

const variablesOf = (stack: RunningStack): Record<string, string> => ({
  DATABASE_URL: stack.databaseUrl,
  TEMPORAL_ADDRESS: stack.temporal.address,
  TEMPORAL_NAMESPACE: stack.temporal.namespace,
  CRUSADES_ENDPOINT: stack.endpoint,
  CRUSADES_NETWORK: stack.network,
  CRUSADES_HPARAMS: stack.hparams,
});

const withoutEmpty = (env: Env): Env =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));

/** Something that answers, or the reason why it does not. */
export type Reachable<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: CrusadesError };

/** Turns foreseeable errors into a value: a command that can do without goes on. */
export const reach = async <T>(work: () => Promise<T>): Promise<Reachable<T>> => {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof CrusadesError) return { ok: false, error };
    throw error;
  }
};

const onlyTemporalIsMeant = ({ settings }: Place): boolean =>
  settings.environment.databaseUrl === null && Boolean(process.env['TEMPORAL_ADDRESS']);

interface Opened<T> {
  readonly value: T;
  close(): Promise<void>;
}

const openLedgerReader = async ({ settings }: Place): Promise<Opened<LedgerReader>> => {
  const connectionString = settings.environment.databaseUrl;
  if (connectionString === null) {
    throw crusadesError('ledger_unreachable', {
      reason: 'DATABASE_URL is not set, and no `crusades up` or `demo --keep` runs on this machine',
    });
  }
  const { openLedger } = await import('../../lib/store/index.js');
  const ledger = openLedger({ connectionString, connections: 2, readOnly: true });
  try {
    await ledger.requireSchema();
  } catch (error) {
    await ledger.close();
    throw error;
  }
  return { value: ledger, close: () => ledger.close() };
};

const openTemporal = async ({ settings }: Place): Promise<Opened<Client>> => {
  const { connectClient } = await import('../../lib/temporal/client.js');
  const client = await connectClient(settings);
  return { value: client, close: () => client.connection.close() };
};

/**
 * Opens the ledger and closes it after use.
 *
 * @throws `ledger_unreachable`, also when no address is known
 */
export const withLedger = async <T>(place: Place, use: (ledger: LedgerReader) => Promise<T>): Promise<T> => {
  const ledger = await openLedgerReader(place);
  try {
    return await use(ledger.value);
  } finally {
    await ledger.close();
  }
};

/** @throws `temporal_unreachable` */
export const withTemporal = async <T>(place: Place, use: (client: Client) => Promise<T>): Promise<T> => {
  const client = await openTemporal(place);
  try {
    return await use(client.value);
  } catch (error) {
    throw asUnreachable(error, place.settings.temporal.address);
  } finally {
    await client.close();
  }
};

/**
 * Opens what answers of ledger and Temporal, for as long as `use` runs.
 *
 * @param use gets, besides, why one of them does not answer
 * @throws when neither answers: the ledger's error, or Temporal's where that alone was named
 */
export const withSources = async <T>(
  place: Place,
  use: (sources: Sources, silent: CrusadesError | null) => Promise<T>,
): Promise<T> => {
  const [ledger, temporal] = await Promise.all([
    reach(() => openLedgerReader(place)),
    reach(() => openTemporal(place)),
  ]);
  try {
    if (!ledger.ok && !temporal.ok) throw onlyTemporalIsMeant(place) ? temporal.error : ledger.error;
    const silent = !ledger.ok ? ledger.error : !temporal.ok ? temporal.error : null;
    return await use(
      { ledger: ledger.ok ? ledger.value.value : null, temporal: temporal.ok ? temporal.value.value : null },
      silent,
    );
  } catch (error) {
    throw asUnreachable(error, place.settings.temporal.address);
  } finally {
    if (ledger.ok) await ledger.value.close();
    if (temporal.ok) await temporal.value.close();
  }
};

/** gRPC's own errors: 4 is DEADLINE_EXCEEDED, 14 is UNAVAILABLE. */
const GRPC_SILENCE: readonly unknown[] = [4, 14];

const asUnreachable = (error: unknown, address: string): unknown => {
  const silence = [error, error instanceof Error ? error.cause : undefined].find(
    (each) => typeof each === 'object' && each !== null && 'code' in each && GRPC_SILENCE.includes(each.code),
  );
  if (silence === undefined) return error;
  const reason = silence instanceof Error ? (silence.message.split('\n')[0] ?? '') : 'it is silent';
  return crusadesError('temporal_unreachable', { address, reason }, { cause: error });
};

/**
 * Connects to the chain for as long as `use` runs.
 *
 * @throws `chain_unreachable`, `chain_timeout` and the like
 */
export const withChain = async <T>(
  { settings }: Place,
  use: (chain: Chain) => Promise<T>,
  deadlineSeconds?: number,
): Promise<T> => {
  const { connectChain, endpointsOf } = await import('../../lib/chain/index.js');
  const chain = await connectChain({
    ...endpointsOf(settings.environment),
    ...(deadlineSeconds !== undefined && { deadlineSeconds }),
  });
  try {
    return await use(chain);
  } finally {
    await chain.close();
  }
};
