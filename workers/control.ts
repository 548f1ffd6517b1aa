import { fileURLToPath } from 'node:url';
import type { KeyringPair } from '@polkadot/keyring/types';
import { Client } from '@temporalio/client';
import { Worker, type NativeConnection } from '@temporalio/worker';
import { createChainActivities } from '../activities/chain.js';
import { createCodeActivities } from '../activities/code.js';
import { createLedgerActivities } from '../activities/ledger.js';
import { createReplayActivities } from '../activities/replay.js';
import { createWeightsActivities } from '../activities/weights.js';
import { connectChain, endpointsOf } from '../lib/chain/index.js';
import { crusadesError } from '../lib/errors/index.js';
import { createFetcher } from '../lib/fetch/index.js';
import { intakeWorkflowId, weightsWorkflowId, type Subnet } from '../lib/progress/index.js';
import { createScanner } from '../lib/scan/index.js';
import { competitionSettings, type Environment, type Settings } from '../lib/settings/index.js';
import { migrateLedger, openLedger } from '../lib/store/index.js';
import type { Logger } from '../lib/telemetry/index.js';
import { registerSearchAttributes } from '../lib/temporal/register-search-attributes.js';
import { connectWorker } from '../lib/temporal/worker.js';
import { httpPulses } from '../lib/timelock/index.js';
import {
  forgetPasswords,
  isRealNetwork,
  keyFromUri,
  loadHotkey,
  type AskPassword,
} from '../lib/wallet/index.js';
import { createValidator } from '../lib/weights/index.js';
import type { FrozenSettings } from '../workflows/messages.js';
import { announceReady, withRuntime } from './runtime.js';

/** The prebuilt workflow code: bundling it anew at each start would take seconds. */
const WORKFLOW_BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** A start that fails is told and made again soon; once it runs, calls wait longer for the chain to come back. */
const CHAIN_CONNECT_SECONDS = 15;

/**
 * Runs the control worker until it is told to stop: all workflows, and the activities that need the chain, the
 * ledger, the network or the validator's hotkey. Makes sure that the intake and weights workflows run.
 *
 * @param ask for the password of an encrypted hotkey, where somebody is there to be asked
 * @throws any of the codes `temporal_unreachable`, `ledger_*`, `chain_*`, `wallet_*` when it cannot start
 */
export const runControlWorker = (settings: Settings, logger: Logger, ask?: AskPassword): Promise<void> =>
  withRuntime(logger, () => run(settings, logger, ask));

async function run(settings: Settings, logger: Logger, ask: AskPassword | undefined): Promise<void> {
  const { environment, hparams, temporal } = settings;
  const subnet: Subnet = { network: environment.network, netuid: hparams.netuid };
  const signer = await validatorKey(environment, ask);
  const connectionString = ledgerAddress(environment);
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const connection = await connectWorker(settings);
    closing.unshift(() => connection.close());
    await registerSearchAttributes(connection, temporal);

    await migrateLedger({ connectionString });
    const ledger = openLedger({ connectionString });
    closing.unshift(() => ledger.close());

    const chain = await connectChain({
      ...endpointsOf(environment),
      connectSeconds: CHAIN_CONNECT_SECONDS,
      logger,
    });
    closing.unshift(() => chain.close());
    const scanner = createScanner({ warm: true });
    closing.unshift(() => scanner.close());

    const worker = await Worker.create({
      connection,
      namespace: temporal.namespace,
      taskQueue: temporal.task_queues.control,
      identity: `control@${process.pid}`,
      workflowBundle: { codePath: WORKFLOW_BUNDLE },
      maxCachedWorkflows: temporal.workers.cached_workflows,
      // Each thread holds the whole bundle; workflows wait far more than they compute.
      workflowThreadPoolSize: 1,
      maxConcurrentWorkflowTaskExecutions: temporal.workers.control_workflow_slots,
      maxConcurrentActivityTaskExecutions: temporal.workers.control_activity_slots,
      maxConcurrentLocalActivityExecutions: temporal.workers.control_activity_slots,
      activities: {
        ...createChainActivities({ chain, ledger, pulses: environment.drandUrls.map(httpPulses) }),
        ...createCodeActivities({ fetcher: createFetcher(), scanner, ledger }),
        ...createLedgerActivities({ ledger, chain }),
        ...createReplayActivities({ ledger }),
        ...createWeightsActivities({ validator: createValidator({ chain, ledger, signer }), ledger }),
      },
    });
    const running = worker.run();
    closing.unshift(async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    });
    await ensureWorkflows(connection, settings, subnet);
    announceReady({ worker: 'control', queue: temporal.task_queues.control, hotkey: signer.address });
    await running;
  } finally {
    for (const close of closing)
      await close().catch((error: unknown) => logger.warn({ error }, 'closing failed'));
  }
}

/** Without one, the driver would ask whatever Postgres it finds. @throws `ledger_unreachable` */
function ledgerAddress({ databaseUrl }: Environment): string {
  if (databaseUrl !== null) return databaseUrl;
  throw crusadesError('ledger_unreachable', { reason: 'DATABASE_URL is not set' });
}

/** What opened the key is forgotten with it: neither a report nor a child process may hold it. */
async function validatorKey(
  { network, hotkeyUri, wallet }: Environment,
  ask: AskPassword | undefined,
): Promise<KeyringPair> {
  if (hotkeyUri === null) {
    return loadHotkey(wallet, { network, ...(ask && { ask }) }).finally(() => forgetPasswords());
  }
  if (isRealNetwork(network)) {
    const reason = `CRUSADES_HOTKEY_URI is set, and a development key must not sign on ${network}`;
    throw crusadesError('wallet_wrong_network', { path: hotkeyUri, reason });
  }
  return keyFromUri(hotkeyUri);
}

/** Starts intake and weights unless they run; tells those that run which settings are in force from now on. */
async function ensureWorkflows(
  connection: NativeConnection,
  settings: Settings,
  subnet: Subnet,
): Promise<void> {
  const { temporal, hparams } = settings;
  const client = new Client({ connection, namespace: temporal.namespace });
  const frozen: FrozenSettings = { competition: competitionSettings(hparams), tuning: temporal };
  const common = {
    taskQueue: temporal.task_queues.control,
    signal: 'settingsChanged',
    signalArgs: [frozen],
  };
  await client.workflow.signalWithStart('intake', {
    ...common,
    workflowId: intakeWorkflowId(subnet),
    args: [{ subnet, settings: frozen, paused: false, cursor: 0 }],
    staticSummary: `commitments of netuid ${subnet.netuid} on ${subnet.network}`,
  });
  await client.workflow.signalWithStart('weights', {
    ...common,
    workflowId: weightsWorkflowId(subnet),
    args: [{ subnet, settings: frozen }],
    staticSummary: `weights of netuid ${subnet.netuid} on ${subnet.network}`,
  });
}
