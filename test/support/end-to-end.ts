import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import getPort from 'get-port';
import type { Context } from 'mocha';
import pg from 'pg';
import { parse, stringify } from 'yaml';
import { connectChain, type Chain } from '../../lib/chain/index.js';
import { GENESIS_NEURONS } from '../../lib/devnet/index.js';
import type { Subnet } from '../../lib/progress/index.js';
import { paths } from '../../lib/provision/index.js';
import { loadSettings, packaged, type Settings } from '../../lib/settings/index.js';
import {
  isProgramBuilt,
  startControlWorker,
  startDevnet,
  startGpuWorker,
  startPostgres,
  startTemporal,
} from '../../lib/stack/index.js';
import { openLedger, type Ledger } from '../../lib/store/index.js';
import { connectClient } from '../../lib/temporal/client.js';
import { restartable, type Restartable } from './end-to-end-process.js';
import { skip } from './skip.js';

export type ProcessName = 'Postgres' | 'Temporal' | 'devnet' | 'control worker' | 'GPU worker';

/** A validator's processes, real ones, none of them supervised: what ends stays ended until the test starts it. */
export interface EndToEnd {
  readonly folder: string;
  readonly settings: Settings;
  readonly subnet: Subnet;
  /** Where everything is, as the workers are told. */
  readonly env: Readonly<Record<string, string>>;
  readonly processes: Readonly<Record<ProcessName, Restartable>>;
  readonly chain: Chain;
  readonly ledger: Ledger;
  readonly client: Client;
  /** Past the ledger, to look at tables. */
  query(statement: string): Promise<Record<string, unknown>[]>;
}

export const NETWORK = 'devnet';
/** Shorter than a devnet's usual second: less waiting for reveals. */
const BLOCK_SECONDS = 0.5;

let stack: Promise<EndToEnd & { close(): Promise<void> }> | undefined;

/** To be called in a `before` hook: one stack for all files of a run, without its GPU worker. */
export async function endToEndStack(context: Context): Promise<EndToEnd> {
  const missing = whatIsMissing();
  if (missing !== null) skip(context, missing);
  context.timeout(300_000);
  stack ??= startStack();
  return stack;
}

/** Why nothing can run from end to end here; null when it can. */
function whatIsMissing(): string | null {
  if (!isProgramBuilt()) return 'the program is not built (run `npm run build`)';
  const { temporalCli, postgres, evaluatorPython } = paths();
  const missing = [
    temporalCli === null && 'Temporal’s server',
    postgres === null && 'Postgres',
    evaluatorPython === null && 'the evaluator’s environment',
  ].filter((item) => item !== false);
  return missing.length === 0 ? null : `not provisioned: ${missing.join(', ')} (run \`npm test\`)`;
}

after('stop everything', async function () {
  this.timeout(120_000);
  await (await stack?.catch(() => undefined))?.close();
});

async function startStack(): Promise<EndToEnd & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'crusades-test-end-to-end-'));
  // Run by root, Postgres works under a user of its own, who has to get here.
  await chmod(folder, 0o755);
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0)) await end().catch(() => undefined);
  };
  try {
    const files = await writeSettings(folder);
    const { processes, env } = await startProcesses(folder, files, closing);
    const settings = loadSettings({ env });
    const { hparams } = settings;

    const chain = await connectChain({ endpoint: env['CRUSADES_ENDPOINT'] ?? '' });
    closing.unshift(() => chain.close());
    const connectionString = env['DATABASE_URL'] ?? '';
    const ledger = openLedger({ connectionString, connections: 4 });
    closing.unshift(() => ledger.close());
    const client = await connectClient(settings);
    closing.unshift(() => client.connection.close());
    return {
      folder,
      settings,
      subnet: { network: NETWORK, netuid: hparams.netuid },
      env,
      processes,
      chain,
      ledger,
      client,
      query: (statement) => query(connectionString, statement),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** All but the GPU worker, which only some tests need. */
async function startProcesses(folder: string, files: SettingsFiles, closing: (() => Promise<unknown>)[]) {
  const [postgresPort, temporalPort, devnetPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const env: Record<string, string> = {
    CRUSADES_HPARAMS: files.hparams,
    CRUSADES_TEMPORAL_SETTINGS: files.temporal,
    CRUSADES_NETWORK: NETWORK,
    CRUSADES_ENDPOINT: `ws://127.0.0.1:${devnetPort}`,
    CRUSADES_HOTKEY_URI: GENESIS_NEURONS.validator.hotkeyPath,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
    TEMPORAL_NAMESPACE: 'default',
  };
  const log = (name: string): string => join(folder, `${name}.log`);
  const processes: Record<ProcessName, Restartable> = {
    Postgres: restartable(async () => {
      const running = await startPostgres({
        dataDir: join(folder, 'postgres'),
        logFile: log('postgres'),
        port: postgresPort,
      });
      env['DATABASE_URL'] = running.connectionString;
      return running.process;
    }),
    Temporal: restartable(async () => {
      const running = await startTemporal({
        dbFile: join(folder, 'temporal.db'),
        namespace: 'default',
        logFile: log('temporal'),
        port: temporalPort,
        uiPort: false,
      });
      return running.process;
    }),
    devnet: restartable(async () => {
      const running = await startDevnet({
        stateFile: join(folder, 'devnet.json'),
        blockTimeSeconds: BLOCK_SECONDS,
        logFile: log('devnet'),
        port: devnetPort,
      });
      return running.process;
    }),
    'control worker': restartable(() => startControlWorker({ env, logFile: log('control-worker') })),
    'GPU worker': restartable(() =>
      startGpuWorker({ index: 0, gpuClass: 'cpu', env, logFile: log('gpu-worker') }),
    ),
  };
  for (const name of ['Postgres', 'Temporal', 'devnet', 'control worker', 'GPU worker'] as const) {
    closing.unshift(() => processes[name].stop());
  }
  await Promise.all([processes.Postgres.start(), processes.Temporal.start(), processes.devnet.start()]);
  await processes['control worker'].start();
  return { processes, env };
}

/** Any port: several test runs that begin together would all choose the first free one above the usual one. */
const freePort = (): Promise<number> => getPort({ host: '127.0.0.1' });

interface SettingsFiles {
  readonly hparams: string;
  readonly temporal: string;
}

/** The settings of a laptop with fewer and shorter attempts, quicker reveals, and time-outs that notice a killed process soon. */
async function writeSettings(folder: string): Promise<SettingsFiles> {
  const files = { hparams: join(folder, 'hparams.json'), temporal: join(folder, 'temporal.yaml') };
  const hparams = JSON.parse(await readFile(packaged('hparams/local.json'), 'utf8')) as object;
  const changed = {
    ...hparams,
    evaluation_runs: 3,
    eval_steps: 3,
    reveal_blocks: 4,
    set_weights_interval_blocks: 200,
    code_fetch_timeout: 2,
  };
  await writeFile(files.hparams, JSON.stringify(changed));
  const temporal = parse(await readFile(packaged('temporal.yaml'), 'utf8')) as TemporalFile;
  for (const { retry } of Object.values(temporal.activities)) {
    retry.initial = '250ms';
    retry.maximum_interval = '1s';
  }
  const change = (activity: string, times: Partial<ActivityTimes>): void =>
    void Object.assign(temporal.activities[activity] ?? {}, times);
  change('watchCommitments', { heartbeat: '8s' });
  change('recordOutcome', { start_to_close: '15s' });
  change('runAttempt', { heartbeat: '8s' });
  // So long that a restarted worker is asked for the attempts of the lost hold before the loss shows otherwise.
  change('holdGpu', { heartbeat: '3m' });
  temporal.intake.poll_seconds = 0.5;
  await writeFile(files.temporal, stringify(temporal));
  return files;
}

interface ActivityTimes {
  start_to_close: string;
  heartbeat: string;
  retry: { initial: string; maximum_interval: string };
}

interface TemporalFile {
  readonly activities: Record<string, ActivityTimes>;
  readonly intake: { poll_seconds: number };
}

const query = async (connectionString: string, statement: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, query_timeout: 30_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
};
