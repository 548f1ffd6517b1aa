import type { Command } from 'commander';
import { action } from './action.js';
import { wholeNumber } from './arguments.js';
import { withConnectionOptions, type ConnectionOptions } from './connection-options.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface ShowOptions extends ConnectionOptions {
  readonly code?: boolean;
  readonly attempt?: number;
  readonly json?: boolean;
}

/** `crusades show SUBMISSION` */
export function registerShowCommand(program: Command): void {
  withConnectionOptions(
    program
      .command('show')
      .description(
        'all that the ledger knows of a submission: attempts, statistics beside their limits, code',
      )
      .argument('<name>', 'submission, hotkey (its newest submission) or workflow id'),
  )
    .option('--code', 'print the code as well')
    .option('--attempt <n>', 'only this attempt, with its environment and its output', wholeNumber(1, 1000))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples([
        ['show 0123456789ab', 'everything but the code'],
        ['show 0123456789ab --attempt 3', 'why the third attempt failed'],
        ['show 0123456789ab --code', 'with the code that was evaluated'],
      ]),
    )
    .action(
      action(
        interruptible(async (signal, name: string, options: ShowOptions) => {
          const { show } = await import('./show/run.js');
          return show(name, options, signal);
        }),
      ),
    );
}
