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

export interface BenchmarkSetupOptions {
  readonly text?: string;
  readonly tokenizer?: string;
  readonly hparams?: string;
  readonly json?: boolean;
}

/** `crusades benchmark FILE` and `crusades benchmark setup` */
export function registerBenchmarkCommand(program: Command): void {
  const benchmark = program
    .command('benchmark')
    .usage('[options] <file>')
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
  registerSetup(benchmark);
}

function registerSetup(benchmark: Command): void {
  benchmark
    .command('setup')
    .description('prepare the tokens of the competition’s data set, for the GPU workers of this host')
    .option('--text <dir>', 'documents from the *.txt, *.md and *.jsonl files of a folder, not from the hub')
    .option('--tokenizer <path>', 'a tokenizer.json or its folder, not from the hub')
    .option('--hparams <file>', 'settings of the competition (default: CRUSADES_HPARAMS, else the program’s)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Streams the data set and the tokenizer that the settings name from the hub and packs them into one file. HF_TOKEN in
the environment is sent to the hub, for data sets that need it, and goes nowhere else. Do it on every GPU host: the
sha256 must be the same on all of them. A host without it evaluates on synthetic text, and each verdict says so.
${examples([
  ['benchmark setup', 'the data set of the competition, from the hub'],
  ['benchmark setup --text ./texts --tokenizer ./tokenizer', 'the same from local copies'],
])}`,
    )
    .action(
      action(
        interruptible(async (signal, options: BenchmarkSetupOptions) => {
          const { benchmarkSetup } = await import('./benchmark/setup.js');
          return benchmarkSetup(options, signal);
        }),
      ),
    );
}
