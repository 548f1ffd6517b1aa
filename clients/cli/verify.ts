import { InvalidArgumentError, type Command } from 'commander';
import { action } from './action.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface VerifyOptions {
  readonly json?: boolean;
  /** A file's name; true without one. */
  readonly sarif?: string | true;
  readonly watch?: boolean;
  readonly run?: boolean;
}

/** A referee with an attempt under way needs some seconds to end its contestant. */
const GRACE_MS = 15_000;

/** `crusades verify PATH…|URL…` */
export function registerVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description(
      'scan train.py with the validator’s own scanner: every finding, with its line and its remedy',
    )
    .argument('<path...>', 'files, folders (all .py files beneath them), or http(s) URLs of raw files')
    .option('--run', 'also run each file that passes: one attempt on this CPU, with a small model')
    .option('--watch', 'check again whenever a file changes, until Ctrl-C')
    .option('--json', 'print one JSON array with an object for each file')
    .option(
      '--sarif [file]',
      'print a SARIF 2.1.0 log, or write it to a file (.sarif or .json) beside the usual output',
      sarifFile,
    )
    .addHelpText(
      'after',
      `
The scan reads the code, it does not run it. What it cannot promise: that the code trains honestly and fast,
and that nobody has committed the same code before. \`--run\` finds mistakes of the contract (return type, shapes,
unused tokens, frozen parameters) before a GPU sees the file; code that needs a GPU fails there. \`crusades
benchmark\` measures.

Of a folder, hidden files and folders, virtual environments and links to folders are left out.

Exit code 1: a file breaks a rule, fails to run or cannot be fetched; 2: nothing worse than a path that cannot be
read, or wrong use; 3: the scanner or the evaluator itself failed.
${examples([
  ['verify train.py', 'shows every finding as file:line:column'],
  ['verify attempts/ other/train.py', 'every .py file of a folder, and one more'],
  ['verify train.py --watch', 'stays, and checks at each change'],
  ['verify train.py --run', 'also trains a small model with it, once, on this CPU'],
  ['verify attempts/ --json', 'the same as data'],
  ['verify attempts/ --sarif findings.sarif', 'for editors and code hosts'],
  ['verify https://gist.github.com/me/0123456789abcdef0123', 'what a validator would fetch'],
])}`,
    )
    .action(
      action(
        interruptible(async (signal, paths: string[], options: VerifyOptions) => {
          const { verify } = await import('./verify/run.js');
          return verify(paths, options, signal);
        }, GRACE_MS),
      ),
    );
}

/** `--sarif train.py` would be taken for the name of the log, and overwrite somebody's work. */
const sarifFile = (file: string): string => {
  if (/\.(sarif|json)$/i.test(file)) return file;
  throw new InvalidArgumentError(
    'Its name must end in .sarif or .json; write `--sarif` alone last, or the files to check before it.',
  );
};
