import { Argument, type Command } from 'commander';
import { action } from './action.js';
import { examples } from './examples.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** `crusades completion bash|zsh|fish` */
export function registerCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      examples([
        [
          'completion bash > ~/.local/share/bash-completion/completions/crusades',
          'bash, from the next shell on',
        ],
        ['completion zsh > "${fpath[1]}/_crusades"', 'zsh, from the next shell on'],
        ['completion fish > ~/.config/fish/completions/crusades.fish', 'fish, at once'],
      ]),
    )
    .action(
      action(async (shell: Shell) => {
        const { completionScript } = await import('./completion/script.js');
        process.stdout.write(completionScript(program, shell));
      }),
    );
}
