import { rmSync } from 'node:fs';
import { startControlWorker, startDevnet, startGpuWorker } from './crusades.js';
import { startPostgres } from './postgres.js';
import { announceStack } from './running.js';
import { lockState, type StateLayout } from './state.js';
import { supervise, type Supervised, type SupervisionEvent } from './supervise.js';
import { startTemporal } from './temporal.js';
import type { ManagedProcess } from './types.js';

/** What one machine runs. What is `null` here is started here; what is given is used as it is. */
export interface MachineOptions {
  readonly layout: StateLayout;
  /** Forget what an earlier run left: ledger, histories, chain and logs. Default false. */
  readonly fresh?: boolean;
  /** For the lock on the state directory: the command that asks. */
  readonly command: string;
  readonly network: string;
  readonly databaseUrl: string | null;
  readonly temporal: { readonly address: string | null; readonly namespace: string };
  /** Endpoint of the chain; null starts a devnet. */
  readonly endpoint: string | null;
  readonly devnetBlockSeconds: number;
  readonly gpu: { readonly workers: number; readonly class: string };
  /** Ports that were asked for; default: the usual one if free, else the next free one. */
  readonly ports?: Partial<Readonly<Record<'postgres' | 'temporal' | 'temporalUi' | 'devnet', number>>>;
  /** File of the competition's settings. */
  readonly hparams: string;
  /** Handed to the workers besides the addresses and settings: the wallet. */
  readonly env: Readonly<Record<string, string>>;
  readonly onEvent: (event: SupervisionEvent) => void;
  readonly signal?: AbortSignal;
}

/** Where everything is. */
export interface MachineAddresses {
  readonly databaseUrl: string;
  readonly temporal: string;
  readonly temporalUi: string | null;
  readonly endpoint: string;
}

export interface RunningMachine {
  readonly addresses: MachineAddresses;
  readonly processes: readonly Supervised[];
  /** Workers first, then what they need. Repeatable. */
  stop(): Promise<void>;
}

/**
 * Starts everything that a network needs on one machine and keeps it running: what ends is started again on the
 * port it had.
 *
 * @throws argument_invalid when another process works with the state directory, port_taken, and what the starts of
 *   lib/stack throw; then nothing is left running
 */
export const startMachine = async (options: MachineOptions): Promise<RunningMachine> => {
  const lock = lockState(options.layout, options.command);
  if (options.fresh) forget(options.layout);
  const processes: Supervised[] = [];
  let stopping: Promise<void> | undefined;
  let withdraw: (() => void) | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopAll(processes).finally(() => {
      withdraw?.();
      lock.release();
    });
    return stopping;
  };
  const keep = async (
    name: string,
    start: (signal: AbortSignal) => Promise<ManagedProcess>,
  ): Promise<void> => {
    options.signal?.throwIfAborted();
    const either = (own: AbortSignal) => (options.signal ? AbortSignal.any([own, options.signal]) : own);
    processes.push(await supervise(name, (own) => start(either(own)), options.onEvent));
  };
  try {
    const databaseUrl = options.databaseUrl ?? (await keepPostgres(options, keep));
    const temporal = await keepTemporal(options, keep);
    const endpoint = options.endpoint ?? (await keepDevnet(options, keep));
    const addresses = { databaseUrl, temporal: temporal.address, temporalUi: temporal.uiUrl, endpoint };
    await keepWorkers(options, addresses, keep);
    withdraw = announceStack(announcement(options, addresses));
    return { addresses, processes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const forget = ({ postgres, temporalDb, devnet, logs }: StateLayout): void => {
  // SQLite keeps its journal in files beside the database.
  for (const entry of [postgres, temporalDb, `${temporalDb}-wal`, `${temporalDb}-shm`, devnet, logs]) {
    rmSync(entry, { recursive: true, force: true });
  }
};

const announcement = (
  options: MachineOptions,
  { databaseUrl, temporal, temporalUi, endpoint }: MachineAddresses,
) => ({
  network: options.network,
  command: options.command,
  state: options.layout.directory,
  hparams: options.hparams,
  databaseUrl,
  temporal: { address: temporal, namespace: options.temporal.namespace, ui: temporalUi },
  endpoint,
});

type Keep = (name: string, start: (signal: AbortSignal) => Promise<ManagedProcess>) => Promise<void>;

const keepPostgres = async ({ layout, ports }: MachineOptions, keep: Keep): Promise<string> => {
  let connectionString = '';
  await keep('Postgres', async (signal) => {
    const port = connectionString === '' ? ports?.postgres : portOf(connectionString);
    const running = await startPostgres({
      dataDir: layout.postgres,
      logFile: layout.logFile('postgres'),
      ...(port !== undefined && { port }),
      signal,
    });
    ({ connectionString } = running);
    return running.process;
  });
  return connectionString;
};

const keepTemporal = async (
  { layout, ports, temporal }: MachineOptions,
  keep: Keep,
): Promise<{ readonly address: string; readonly uiUrl: string | null }> => {
  if (temporal.address !== null) return { address: temporal.address, uiUrl: null };
  let address = '';
  let uiUrl: string | null = null;
  await keep('Temporal', async (signal) => {
    const port = address === '' ? ports?.temporal : portOf(`tcp://${address}`);
    const uiPort = uiUrl === null ? ports?.temporalUi : portOf(uiUrl);
    const running = await startTemporal({
      dbFile: layout.temporalDb,
      namespace: temporal.namespace,
      logFile: layout.logFile('temporal'),
      ...(port !== undefined && { port }),
      ...(uiPort !== undefined && { uiPort }),
      signal,
    });
    ({ address, uiUrl } = running);
    return running.process;
  });
  return { address, uiUrl };
};

const keepDevnet = async (
  { layout, ports, devnetBlockSeconds }: MachineOptions,
  keep: Keep,
): Promise<string> => {
  let endpoint = '';
  await keep('devnet', async (signal) => {
    const port = endpoint === '' ? ports?.devnet : portOf(endpoint);
    const running = await startDevnet({
      blockTimeSeconds: devnetBlockSeconds,
      stateFile: layout.devnet,
      logFile: layout.logFile('devnet'),
      ...(port !== undefined && { port }),
      signal,
    });
    ({ endpoint } = running);
    return running.process;
  });
  return endpoint;
};

const keepWorkers = async (
  options: MachineOptions,
  addresses: MachineAddresses,
  keep: Keep,
): Promise<void> => {
  const { layout, gpu, network, temporal } = options;
  const forGpu = {
    ...options.env,
    CRUSADES_HPARAMS: options.hparams,
    TEMPORAL_ADDRESS: addresses.temporal,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
  const forControl = {
    ...forGpu,
    DATABASE_URL: addresses.databaseUrl,
    CRUSADES_NETWORK: network,
    CRUSADES_ENDPOINT: addresses.endpoint,
  };
  const giveUp = new AbortController();
  const keepWorker = async (name: string, start: (signal: AbortSignal) => Promise<ManagedProcess>) => {
    try {
      await keep(name, (signal) => start(AbortSignal.any([signal, giveUp.signal])));
    } catch (error) {
      // The others' starts end, too, with this one's reason.
      giveUp.abort(error);
      throw error;
    }
  };
  const starts = [
    keepWorker('control worker', (signal) =>
      startControlWorker({ env: forControl, logFile: layout.logFile('control-worker'), signal }),
    ),
    ...Array.from({ length: gpu.workers }, (_, index) => {
      const logFile = layout.logFile(`gpu-worker-${index}`);
      return keepWorker(`GPU worker ${index}`, (signal) =>
        startGpuWorker({ index, gpuClass: gpu.class, env: forGpu, logFile, signal }),
      );
    }),
  ];
  await Promise.allSettled(starts);
  giveUp.signal.throwIfAborted();
};

const portOf = (address: string): number => Number(new URL(address).port);

const stopAll = async (processes: readonly Supervised[]): Promise<void> => {
  const isWorker = ({ name }: Supervised) => name.includes('worker');
  await Promise.all(processes.filter(isWorker).map((process) => process.stop()));
  for (const process of processes.filter((process) => !isWorker(process)).reverse()) await process.stop();
};
