import type { Command } from 'commander';
import { action } from './action.js';
import { wholeNumber } from './arguments.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface BenchmarkOptions {
  readonly attempts?: number;
  readonly device: string;
  readonly threads: number;
  readonly hparams?: string;
  readonly json?: boolean;
}

/** `crusades benchmark FILE` */
export function registerBenchmarkCommand(program: Command): void {
  program
    .command('benchmark')
    .description('evaluate train.py on this machine with the validator’s own evaluator')
    .argument('<file>', 'the train.py')
    .option('--attempts <n>', 'how many (default: evaluation_runs of the settings)', wholeNumber(1, 100))
    .option('--device <name>', '`cpu` or `cuda:N`', 'cpu')
    .option('--threads <n>', 'threads that torch may use', wholeNumber(1, 256), 1)
    .option('--hparams <file>', 'settings of the competition (default: hparams/local.json for a CPU)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Runs referee and contestant as a validator does, statistics and limits included. A score of a CPU, of its small
model and its measured peak, is not the score that a GPU gives; the verdict on honest training is the same.
${examples([
  ['benchmark train.py', 'five attempts with the small model'],
  ['benchmark train.py --attempts 1', 'one quick look'],
  ['benchmark train.py --device cuda:0 --hparams hparams/hparams.json', 'the competition itself'],
])}`,
    )
    .action(
      action(
        interruptible(async (signal, file: string, options: BenchmarkOptions) => {
          const { benchmark } = await import('./benchmark/run.js');
          return benchmark(file, options, signal);
        }),
      ),
    );
}
