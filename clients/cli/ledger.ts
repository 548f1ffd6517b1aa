import type { Command } from 'commander';
import { action } from './action.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface LedgerVerifyOptions {
  readonly json?: boolean;
}

/** `crusades ledger verify` */
export function registerLedgerCommand(program: Command): void {
  const ledger = program.command('ledger').description('the ledger: facts that are true for ever');
  ledger
    .command('verify')
    .description(
      'compute scores and leader history anew from the recorded attempts, and report any difference',
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Reads the Postgres of DATABASE_URL, else the one that runs on this machine. Changes nothing.
Exit code 0: everything follows from the attempts; 1: something differs.
${examples([
  ['ledger verify', 'each difference, with what is recorded and what follows from the attempts'],
  ['ledger verify --json', 'the same as data'],
])}`,
    )
    .action(
      action(
        interruptible(async (signal, options: LedgerVerifyOptions) => {
          const { verify } = await import('./ledger/verify.js');
          return verify(options, signal);
        }),
      ),
    );
}
