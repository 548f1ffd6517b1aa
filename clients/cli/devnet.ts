import type { Command } from 'commander';
import type { Devnet } from '../../lib/devnet/index.js';
import { action, EXIT } from './action.js';
import { positiveNumber, wholeNumber } from './arguments.js';

interface DevnetCommandOptions {
  readonly port: number;
  readonly host: string;
  readonly blockTime: number;
  readonly state?: string;
  readonly seed?: string;
  readonly commitReveal?: boolean;
  readonly weightsRateLimit?: number;
  readonly tempo?: number;
  readonly finalityLag: number;
  readonly manual?: boolean;
  readonly json?: boolean;
}

/** `crusades devnet` */
export function registerDevnetCommand(program: Command): void {
  program
    .command('devnet')
    .description('run a simulated Bittensor chain with a beacon of its own')
    .option('--port <n>', 'port of the JSON-RPC server, 0 for any free one', wholeNumber(0, 65_535), 9944)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--block-time <seconds>', 'seconds between blocks', positiveNumber, 12)
    .option('--state <file>', 'keep the chain in this file and go on with it (default: keep nothing)')
    .option('--seed <text>', 'derive the beacon’s key from this text (default: a random key)')
    .option('--commit-reveal', 'a new chain takes weights as timelocked commits only')
    .option(
      '--weights-rate-limit <blocks>',
      'of a new chain: blocks between two weights',
      wholeNumber(0, 100_000),
    )
    .option('--tempo <blocks>', 'of a new chain: blocks an epoch takes', wholeNumber(1, 50_400))
    .option('--finality-lag <blocks>', 'blocks by which finality trails the head', wholeNumber(0, 100), 1)
    .option('--manual', 'make blocks only when the RPC method devnet_advance asks for them')
    .option('--json', 'print one JSON line when the chain runs')
    .addHelpText('after', '\nAccounts, neurons and what differs from a real chain: docs/reference/devnet.md')
    .action(action(run));
}

async function run(options: DevnetCommandOptions): Promise<number> {
  const interrupted = nextSignal();
  // Not the whole index: the keyring in it is of no use here and takes time to load.
  const { startDevnet } = await import('../../lib/devnet/devnet.js');
  const { weightsRateLimit, tempo, commitReveal } = options;
  const devnet = await startDevnet({
    port: options.port,
    host: options.host,
    blockTimeSeconds: options.blockTime,
    finalityLag: options.finalityLag,
    ...(options.manual !== undefined && { manual: options.manual }),
    ...(options.state !== undefined && { statePath: options.state }),
    ...(options.seed !== undefined && { seed: options.seed }),
    genesis: {
      ...(weightsRateLimit !== undefined && { weightsRateLimit }),
      ...(tempo !== undefined && { tempo }),
      ...(commitReveal !== undefined && { commitReveal }),
    },
  });
  tellReady(devnet, options);
  await interrupted;
  await devnet.stop();
  return EXIT.good;
}

function tellReady(devnet: Devnet, { json, blockTime, state, manual }: DevnetCommandOptions): void {
  const { url, genesisHash, beaconPublicKey } = devnet;
  const { number } = devnet.head();
  if (json) {
    const facts = {
      url,
      genesis_hash: genesisHash,
      beacon_public_key: beaconPublicKey,
      block: number,
    };
    process.stdout.write(`${JSON.stringify({ event: 'ready', ...facts })}\n`);
    return;
  }
  const pace = manual ? 'blocks on demand' : `a block every ${blockTime} s`;
  console.log(`devnet at ${url}, ${pace}, now at block ${number}`);
  console.log(`genesis  ${genesisHash}`);
  console.log(`beacon   ${beaconPublicKey}`);
  console.log(
    state === undefined ? 'Nothing is kept. Ctrl-C stops it.' : `Kept in ${state}. Ctrl-C stops it.`,
  );
}

const nextSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
