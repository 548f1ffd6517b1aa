import type { Command } from 'commander';
import { action } from './action.js';
import { wholeNumber } from './arguments.js';
import { withConnectionOptions, type ConnectionOptions } from './connection-options.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface LeaderboardOptions extends ConnectionOptions {
  readonly limit: number;
  readonly json?: boolean;
}

/** `crusades leaderboard` */
export function registerLeaderboardCommand(program: Command): void {
  withConnectionOptions(
    program.command('leaderboard').description('who leads, and which MFU must be beaten now'),
  )
    .option('--limit <n>', 'how many entries', wholeNumber(1, 10_000), 20)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples([
        ['leaderboard', 'the best score of each hotkey'],
        ['leaderboard --limit 3 --json', 'the first three as data'],
      ]),
    )
    .action(
      action(
        interruptible(async (signal, options: LeaderboardOptions) => {
          const { leaderboard } = await import('./leaderboard/run.js');
          return leaderboard(options, signal);
        }),
      ),
    );
}
