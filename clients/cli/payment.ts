import type { Command } from 'commander';
import type { PaymentReference } from '../../lib/chain/index.js';
import { action } from './action.js';
import { paymentReference, wholeNumber } from './arguments.js';
import { withConnectionOptions, type ConnectionOptions } from './connection-options.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface PaymentVerifyOptions extends ConnectionOptions {
  readonly hotkey: string;
  readonly commitBlock?: number;
  readonly endpoint?: string;
  readonly json?: boolean;
}

/** `crusades payment verify` */
export function registerPaymentCommand(program: Command): void {
  const payment = program.command('payment').description('the fees of submissions');
  withConnectionOptions(
    payment
      .command('verify')
      .description('judge a payment from its block, as a validator does, and tell what it was used for')
      .argument('<block:index>', 'where the payment is on chain', paymentReference),
  )
    .requiredOption('--hotkey <address>', 'miner for whom it is to count')
    .option(
      '--commit-block <n>',
      'block of the commitment that names it (default: that of the submission that used it, else the next block)',
      wholeNumber(1, 4_294_967_295),
    )
    .option('--endpoint <url>', 'ws:// or wss:// endpoint of the chain (default: the network’s)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
For disputes: everything is read as it was at the payment's block, so everybody gets the same answer at any time.
Old blocks need CRUSADES_ARCHIVE_ENDPOINT. Use is looked up in the ledger where it can be reached. Fee and payee are those
of the submission that used it, else those of the settings (CRUSADES_HPARAMS), also where payments are off.
Exit code 0: it counts; 1: it does not, and why.
${examples([
  [
    'payment verify 9240388:12 --hotkey 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
    'who paid how much to whom, and for which submission',
  ],
])}`,
    )
    .action(
      action(
        interruptible(async (signal, reference: PaymentReference, options: PaymentVerifyOptions) => {
          const { verify } = await import('./payment/verify.js');
          return verify(reference, options, signal);
        }),
      ),
    );
}
