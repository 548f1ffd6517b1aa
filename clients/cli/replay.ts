import type { Command } from 'commander';
import { action } from './action.js';
import { nonEmpty, wholeNumber } from './arguments.js';
import { withConnectionOptions, type ConnectionOptions } from './connection-options.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface ReplayOptions extends ConnectionOptions {
  readonly attempt?: number;
  readonly evaluation?: number;
  readonly reason?: string;
  readonly actor?: string;
  readonly json?: boolean;
  /** False with `--no-wait`. */
  readonly wait: boolean;
}

const NOTES = `
The same code, seed and settings run once more on a GPU of the submission's class, after whatever waits for a score.
What comes of it stands beside the recorded attempt and changes no score.

Exit code 0: the same verdict, and every statistic within noise; 1: something differs.`;

/** `crusades replay SUBMISSION` */
export function registerReplayCommand(program: Command): void {
  withConnectionOptions(
    program
      .command('replay')
      .description('run a recorded attempt again from the record alone, and compare')
      .argument('<submission>', 'submission, hotkey (its newest submission) or workflow id'),
  )
    .option(
      '--attempt <n>',
      'which attempt (default: the first that failed after its seed was drawn, else the last)',
      wholeNumber(1, 1000),
    )
    .option(
      '--evaluation <n>',
      'of which evaluation (default: the last one with attempts)',
      wholeNumber(1, 1000),
    )
    .option('--reason <text>', 'why; kept with the result', nonEmpty)
    .option('--actor <name>', 'who (default: user@host)', nonEmpty)
    .option('--no-wait', 'start it and go')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      NOTES +
        examples([
          ['replay 0123456789ab', 'the first failed attempt once more'],
          ['replay 0123456789ab --attempt 3 --reason "the miner asks"', 'the third one'],
          ['show 0123456789ab --attempt 3', 'the attempt with the replays that were made of it'],
        ]),
    )
    .action(
      action(
        interruptible(async (signal, name: string, options: ReplayOptions) => {
          const { replay } = await import('./replay/run.js');
          return replay(name, options, signal);
        }),
      ),
    );
}
