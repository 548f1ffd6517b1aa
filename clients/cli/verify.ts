import type { Command } from 'commander';
import { action } from './action.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface VerifyOptions {
  readonly json?: boolean;
}

/** `crusades verify FILE…|URL` */
export function registerVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description(
      'scan train.py with the validator’s own scanner: every finding, with its line and its remedy',
    )
    .argument('<file...>', 'files, or http(s) URLs of raw files')
    .option('--json', 'print one JSON array with an object for each file')
    .addHelpText(
      'after',
      `
The scan reads the code, it does not run it. What it cannot promise: that the code trains honestly and fast,
and that nobody has committed the same code before. \`crusades benchmark\` measures the former.

Exit code 1: a file breaks a rule or a URL cannot be fetched; 2: a file cannot be read.
${examples([
  ['verify train.py', 'shows every finding as file:line:column'],
  ['verify a/train.py b/train.py --json', 'the same as data'],
  ['verify https://gist.github.com/me/0123456789abcdef0123', 'what a validator would fetch'],
])}`,
    )
    .action(
      action(
        interruptible(async (signal, files: string[], options: VerifyOptions) => {
          const { verify } = await import('./verify/run.js');
          return verify(files, options, signal);
        }),
      ),
    );
}
