import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WorkflowService } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { crusadesError } from '../errors/index.js';
import { paths } from '../provision/index.js';
import { choosePort, LOCAL_HOST } from './ports.js';
import { startProcess } from './process.js';
import type { ManagedProcess, RunningTemporal, TemporalOptions } from './types.js';

const USUAL_PORT = 7233;
const USUAL_UI_PORT = 8233;
const READY_SECONDS = 60;
const CALL_TIMEOUT_MS = 10_000;
const HOUR_MS = 3_600_000;
/** The dev server forgets closed workflows after a day; a month is what an operator looks back on. */
const RETENTION_HOURS = 720;

/**
 * What the server needs to know besides. Fairness is off by default in every release, and its keys are then accepted
 * and ignored. Priority is kept per partition of a queue: with few pollers only a single one gives a strict order.
 */
const DYNAMIC_CONFIG = [
  'matching.enableFairness=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  'frontend.WorkflowPauseEnabled=true',
];

/**
 * Temporal's dev server with a file database, ready when the namespace answers.
 *
 * @throws port_taken, provision_failed when the server was not provisioned, process_failed, process_start_timeout
 */
export const startTemporal = async (options: TemporalOptions): Promise<RunningTemporal> => {
  const { temporalCli } = paths();
  if (temporalCli === null) {
    throw crusadesError('provision_failed', {
      item: 'Temporal server',
      tried: 'the cache',
      next: 'Run `crusades doctor --fix`.',
    });
  }
  const port = await choosePort(options.port, { usual: USUAL_PORT, option: '--temporal-port' });
  const uiPort =
    options.uiPort === false
      ? null
      : await choosePort(options.uiPort, { usual: USUAL_UI_PORT, option: '--temporal-ui-port' });
  await mkdir(dirname(options.dbFile), { recursive: true });
  const address = `${LOCAL_HOST}:${port}`;
  const server = await startProcess({
    name: 'Temporal',
    command: temporalCli,
    args: serverArguments(options, port, uiPort),
    logFile: options.logFile,
    readyTimeoutSeconds: READY_SECONDS,
    ready: { probe: () => namespaceAnswers(address, options.namespace) },
    ...(options.signal && { signal: options.signal }),
  });
  await keepClosedWorkflows(server, address, options);
  const uiUrl = uiPort === null ? null : `http://${LOCAL_HOST}:${uiPort}`;
  return { address, namespace: options.namespace, uiUrl, process: server };
};

const serverArguments = (
  { dbFile, namespace }: TemporalOptions,
  port: number,
  uiPort: number | null,
): string[] => [
  'server',
  'start-dev',
  `--ip=${LOCAL_HOST}`,
  `--port=${port}`,
  ...(uiPort === null ? ['--headless'] : [`--ui-port=${uiPort}`]),
  `--db-filename=${dbFile}`,
  '--sqlite-pragma=journal_mode=wal',
  `--namespace=${namespace}`,
  '--log-level=warn',
  '--log-format=json',
  ...DYNAMIC_CONFIG.flatMap((entry) => ['--dynamic-config-value', entry]),
];

const namespaceAnswers = async (address: string, namespace: string): Promise<boolean> => {
  await callServer(address, (service) => service.describeNamespace({ namespace }));
  return true;
};

const keepClosedWorkflows = async (
  server: ManagedProcess,
  address: string,
  { namespace, retentionHours = RETENTION_HOURS }: TemporalOptions,
): Promise<void> => {
  const wanted = msToTs(retentionHours * HOUR_MS);
  try {
    await callServer(address, async (service) => {
      const { config } = await service.describeNamespace({ namespace });
      const present = config?.workflowExecutionRetentionTtl?.seconds;
      if (wanted.seconds && present?.equals(wanted.seconds)) return;
      await service.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: wanted } });
    });
  } catch (error) {
    await server.stop();
    throw crusadesError('temporal_unreachable', { address, reason: String(error) }, { cause: error });
  }
};

const callServer = async (
  address: string,
  call: (service: WorkflowService) => Promise<unknown>,
): Promise<void> => {
  // Loaded when needed: it takes longer than `crusades --help` may.
  const { Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ address, connectTimeout: CALL_TIMEOUT_MS });
  try {
    await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, () => call(connection.workflowService));
  } finally {
    await connection.close();
  }
};
