import type { Command } from 'commander';
import { action } from './action.js';
import { wholeNumber } from './arguments.js';
import { withConnectionOptions, type ConnectionOptions } from './connection-options.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface StatusOptions extends ConnectionOptions {
  readonly watch?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

/** `crusades status [SUBMISSION|HOTKEY|WORKFLOW]` */
export function registerStatusCommand(program: Command): void {
  withConnectionOptions(
    program
      .command('status')
      .description(
        'every stage a submission has reached, what it waits for, its attempts, its error and remedy',
      )
      .argument('[name]', 'submission, hotkey (its newest submission) or workflow id; none: the recent ones'),
  )
    .option('--watch', 'follow until it has settled; without a name, until Ctrl-C')
    .option('--limit <n>', 'how many recent submissions', wholeNumber(1, 1000), 20)
    .option('--json', 'print one JSON document; with --watch one a line for each change')
    .addHelpText(
      'after',
      `
Reads the ledger and asks the running workflow; either alone suffices.

Exit code 0: scored or on its way; 1: it ended without a score; 2: nothing is known under that name.
${examples([
  ['status', 'the recent submissions'],
  ['status 0123456789ab --watch', 'one submission, until it has settled'],
  ['status 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --json', 'a hotkey’s newest submission as data'],
])}`,
    )
    .action(
      action(
        interruptible(async (signal, name: string | undefined, options: StatusOptions) => {
          const { status } = await import('./status/run.js');
          return status(name, options, signal);
        }),
      ),
    );
}
