import type { Command } from 'commander';
import { action } from './action.js';
import { wholeNumber } from './arguments.js';
import { withConnectionOptions, type ConnectionOptions } from './connection-options.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface SubmitOptions extends ConnectionOptions {
  readonly 'wallet.name'?: string;
  readonly 'wallet.hotkey'?: string;
  readonly 'wallet.path'?: string;
  readonly endpoint?: string;
  readonly revealBlocks?: number;
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** `crusades submit URL` */
export function registerSubmitCommand(program: Command): void {
  withConnectionOptions(
    program
      .command('submit')
      .description('check the train.py behind a URL and commit it on chain, sealed until its reveal round')
      .argument('<url>', 'http(s) URL of the raw file, or of a gist'),
  )
    .option('--wallet.name <name>', 'wallet (default: CRUSADES_WALLET_NAME, else `default`)')
    .option(
      '--wallet.hotkey <name>',
      'its hotkey, which signs (default: CRUSADES_WALLET_HOTKEY, else `default`)',
    )
    .option(
      '--wallet.path <dir>',
      'folder of the wallets (default: CRUSADES_WALLET_PATH, else ~/.bittensor/wallets)',
    )
    .option('--endpoint <url>', 'ws:// or wss:// endpoint of the chain (default: the network’s)')
    .option(
      '--reveal-blocks <n>',
      'blocks until the reveal (default: reveal_blocks of the settings)',
      wholeNumber(1, 100_000),
    )
    .option('--yes', 'commit without asking')
    .option('--wait', 'follow the submission until it has settled')
    .option('--json', 'print one JSON document; commits without asking')
    .addHelpText(
      'after',
      `
Nothing is sent before everything is checked: the file is fetched as a validator fetches it, scanned, hashed;
the commitment must fit into 128 bytes and the hotkey be registered. A file that the scan refuses is not
committed. Keep the file online and unchanged until it is scored.
${examples([
  ['submit https://gist.github.com/me/0123456789abcdef0123 --wallet.name miner', 'asks before it commits'],
  ['submit https://example.com/train.py --yes --wait', 'commits, then follows until the score'],
])}`,
    )
    .action(
      action(
        interruptible(async (signal, url: string, options: SubmitOptions) => {
          const { submit } = await import('./submit/run.js');
          return submit(url, options, signal);
        }),
      ),
    );
}
