import { InvalidArgumentError, type Command } from 'commander';
import type { Environment } from '../../lib/settings/index.js';
import type { MachineAddresses, MachineOptions, SupervisionEvent } from '../../lib/stack/index.js';
import { action, EXIT } from './action.js';
import { positiveNumber, wholeNumber } from './arguments.js';

interface UpOptions {
  readonly network?: string;
  readonly state?: string;
  readonly hparams?: string;
  readonly gpuWorkers?: number;
  readonly blockTime: number;
  readonly postgresPort?: number;
  readonly temporalPort?: number;
  readonly temporalUiPort?: number;
  readonly devnetPort?: number;
  readonly json?: boolean;
}

const DEVNET = 'devnet';
const port = wholeNumber(1, 65_535);

/** `crusades up` */
export function registerUpCommand(program: Command): void {
  program
    .command('up')
    .description('run everything on this machine: Postgres, Temporal, the workers, and a devnet where asked')
    .option(
      '--network <name>',
      'network to validate on (default: CRUSADES_NETWORK, else finney)',
      networkName,
    )
    .option(
      '--gpu-workers <n>',
      'GPU workers (default: one for each GPU; 1 for the class cpu)',
      wholeNumber(0, 64),
    )
    .option(
      '--hparams <file>',
      'the competition (default: hparams/hparams.json; hparams/local.json on a devnet)',
    )
    .option('--state <dir>', 'where ledger, histories and logs are kept (default: .crusades/state/<network>)')
    .option('--block-time <seconds>', 'of the devnet', positiveNumber, 1)
    .option('--postgres-port <n>', 'default: 5432, or the next free one', port)
    .option('--temporal-port <n>', 'default: 7233, or the next free one', port)
    .option('--temporal-ui-port <n>', 'default: 8233, or the next free one', port)
    .option('--devnet-port <n>', 'default: 9944, or the next free one', port)
    .option('--json', 'print the addresses and what happens as JSON lines')
    .addHelpText(
      'after',
      `
A Postgres of its own runs unless DATABASE_URL is set, a Temporal server unless TEMPORAL_ADDRESS or temporal.yaml
names one elsewhere. What crashes is started again. Ctrl-C stops everything; a second one does not wait.`,
    )
    .action(action(up));
}

async function up(options: UpOptions): Promise<number> {
  const { startMachine } = await import('../../lib/stack/index.js');
  const interrupted = new AbortController();
  const stopWaiting = onInterrupt(interrupted);
  try {
    const machineOptions = await plan(options, interrupted.signal);
    const machine = await startMachine(machineOptions);
    tellAddresses(machine.addresses, machineOptions, options);
    await aborted(interrupted.signal);
    if (!options.json) process.stderr.write('stopping …\n');
    await machine.stop();
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
  } finally {
    stopWaiting();
  }
  return EXIT.good;
}

/** From the settings and options to what this machine has to run. */
async function plan(options: UpOptions, signal: AbortSignal): Promise<MachineOptions> {
  const [{ loadSettings, packaged }, { installedGpus, stateLayout }] = await Promise.all([
    import('../../lib/settings/index.js'),
    import('../../lib/stack/index.js'),
  ]);
  const network = options.network ?? process.env['CRUSADES_NETWORK'] ?? 'finney';
  const hparams =
    options.hparams ??
    process.env['CRUSADES_HPARAMS'] ??
    packaged(network === DEVNET ? 'hparams/local.json' : 'hparams/hparams.json');
  const {
    hparams: competition,
    temporal,
    environment,
  } = loadSettings({
    hparamsPath: hparams,
    env: { ...process.env, CRUSADES_NETWORK: network },
  });
  const layout = stateLayout(network, options.state);
  const gpuClass = competition.gpu_class;
  const gpuWorkers = gpuClass === 'cpu' ? 1 : (await installedGpus()).length;
  return {
    layout,
    command: 'crusades up',
    network,
    databaseUrl: environment.databaseUrl,
    temporal: {
      address: isLocal(temporal.address) && !process.env['TEMPORAL_ADDRESS'] ? null : temporal.address,
      namespace: temporal.namespace,
    },
    endpoint: await endpointList(environment),
    devnetBlockSeconds: options.blockTime,
    gpu: { workers: options.gpuWorkers ?? gpuWorkers, class: gpuClass },
    ports: {
      ...(options.postgresPort !== undefined && { postgres: options.postgresPort }),
      ...(options.temporalPort !== undefined && { temporal: options.temporalPort }),
      ...(options.temporalUiPort !== undefined && { temporalUi: options.temporalUiPort }),
      ...(options.devnetPort !== undefined && { devnet: options.devnetPort }),
    },
    hparams,
    env: network === DEVNET ? await developmentWallet() : {},
    onEvent: (event) => tellEvent(event, options),
    signal,
  };
}

/** As CRUSADES_ENDPOINT takes them; null: a devnet of one's own has to be started. */
async function endpointList(environment: Environment): Promise<string | null> {
  if (environment.network === DEVNET && environment.endpoint === null) return null;
  const { endpointsOf } = await import('../../lib/chain/index.js');
  const { endpoint, fallbacks } = endpointsOf(environment);
  return [endpoint, ...fallbacks].join();
}

/** On a devnet the genesis validator signs, unless a wallet is named. */
async function developmentWallet(): Promise<Readonly<Record<string, string>>> {
  const named = Object.keys(process.env).some((name) => /^CRUSADES_(WALLET|HOTKEY)_/.test(name));
  if (named) return {};
  const { GENESIS_NEURONS } = await import('../../lib/devnet/index.js');
  return { CRUSADES_HOTKEY_URI: GENESIS_NEURONS.validator.hotkeyPath };
}

function tellAddresses(
  addresses: MachineAddresses,
  { layout, gpu }: MachineOptions,
  { json }: UpOptions,
): void {
  const ledger = new URL(addresses.databaseUrl);
  ledger.password = '';
  if (json) {
    const { temporal, temporalUi, endpoint } = addresses;
    const facts = { ledger: ledger.href, temporal, temporalUi, endpoint, state: layout.directory };
    process.stdout.write(`${JSON.stringify({ event: 'ready', ...facts })}\n`);
    return;
  }
  const rows = [
    ['ledger', ledger.href],
    ['Temporal', addresses.temporal],
    ...(addresses.temporalUi === null ? [] : [['Temporal UI', addresses.temporalUi]]),
    ['chain', addresses.endpoint],
    ['state', layout.directory],
    ['logs', layout.logs],
  ];
  console.log(`\n${rows.map(([name = '', value = '']) => `${name.padEnd(12)} ${value}`).join('\n')}\n`);
  if (gpu.workers === 0) {
    console.log(
      `No GPU worker runs here. Run \`crusades worker gpu --class ${gpu.class}\` on the GPU hosts.`,
    );
  }
  console.log('Everything runs. Ctrl-C stops it.');
}

function tellEvent(event: SupervisionEvent, { json }: UpOptions): void {
  if (json) process.stdout.write(`${JSON.stringify({ event: event.kind, ...event })}\n`);
  else if (event.kind === 'started') console.log(`${event.name} runs (process ${event.pid})`);
  else if (event.kind === 'ended') {
    console.log(
      `${event.name} ended (${event.status}), started again in ${event.restartSeconds} s; see ${event.log}`,
    );
  } else console.log(`${event.name} does not start, next try in ${event.restartSeconds} s: ${event.reason}`);
}

/** The first signal stops in order; the second one ends the program, and its guard everything that it started. */
function onInterrupt(interrupted: AbortController): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = () => {
    if (interrupted.signal.aborted) process.exit(EXIT.infrastructure);
    interrupted.abort(new Error('interrupted'));
  };
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.removeListener(signal, stop);
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const isLocal = (address: string): boolean => /^(127\.|localhost:|\[::1\]:)/.test(address);

function networkName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a name: letters, digits, - and _.');
}
