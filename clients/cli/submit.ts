import type { Command } from 'commander';
import type { PaymentReference } from '../../lib/chain/index.js';
import { action } from './action.js';
import { paymentReference, wholeNumber } from './arguments.js';
import { withConnectionOptions, type ConnectionOptions } from './connection-options.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';
import { withWalletOptions, type WalletOptions } from './wallet-options.js';

export interface SubmitOptions extends ConnectionOptions, WalletOptions {
  readonly endpoint?: string;
  readonly revealBlocks?: number;
  readonly payment?: PaymentReference;
  readonly fromStake?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** `crusades submit URL` */
export function registerSubmitCommand(program: Command): void {
  withWalletOptions(
    withConnectionOptions(
      program
        .command('submit')
        .description('check the train.py behind a URL and commit it on chain, sealed until its reveal round')
        .argument('<url>', 'http(s) URL of the raw file, or of a gist'),
    ),
  )
    .option('--endpoint <url>', 'ws:// or wss:// endpoint of the chain (default: the network’s)')
    .option(
      '--reveal-blocks <n>',
      'blocks until the reveal (default: reveal_blocks of the settings)',
      wholeNumber(1, 100_000),
    )
    .option(
      '--payment <block:index>',
      'use a fee that was paid before, for the same hotkey',
      paymentReference,
    )
    .option('--from-stake', 'pay with what is staked already, after a payment that was interrupted')
    .option('--yes', 'pay and commit without asking')
    .option('--wait', 'follow the submission until it has settled')
    .option('--json', 'print one JSON document; commits without asking, pays only with --yes')
    .addHelpText(
      'after',
      `
Nothing is sent before everything is checked: the file is fetched as a validator fetches it, scanned, hashed;
the commitment must fit into 128 bytes and the hotkey be registered. A file that the scan refuses is not
committed. Keep the file online and unchanged until it is scored.

Where submissions must be paid (payment.enabled), the coldkey that owns the hotkey stakes the fee and hands the
alpha over, and the commitment names that payment. What is paid, to whom and from what is shown and asked for first.
${examples([
  ['submit https://gist.github.com/me/0123456789abcdef0123 --wallet.name miner', 'asks before it commits'],
  ['submit https://example.com/train.py --yes --wait', 'commits, then follows until the score'],
  ['submit https://example.com/train.py --payment 9240388:12', 'commits with a fee that was paid before'],
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
