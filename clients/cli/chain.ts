import { Option, type Command } from 'commander';
import { REFERENCES } from '../../lib/contract/reference.js';
import { action } from './action.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface ChainDiffOptions {
  /** Spec version as text. */
  readonly reference?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** `crusades chain diff` */
export function registerChainCommand(program: Command): void {
  const chain = program.command('chain').description('the chain that this program is made for');
  chain
    .command('diff')
    .description('compare a node’s runtime with what this program uses of it: names, hashers, layouts')
    .argument('<endpoint>', 'ws:// or wss:// address of a node')
    .addOption(
      new Option(
        '--reference <spec>',
        'spec version to compare with (default: the newest known one that is no newer than the node’s)',
      ).choices(REFERENCES.map(String)),
    )
    .option('--all', 'also what nothing depends on: indices, defaults, values of constants')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Exit code 0: nothing that is used breaks; 1: something does; 3: the node does not answer.
${examples([
  ['chain diff ws://127.0.0.1:9944', 'what differs on a local node'],
  ['chain diff wss://entrypoint-finney.opentensor.ai:443 --all --json', 'everything about finney, as data'],
])}`,
    )
    .action(
      action(
        interruptible(async (signal, endpoint: string, options: ChainDiffOptions) => {
          const { chainDiff } = await import('./chain/diff.js');
          return chainDiff(endpoint, options, signal);
        }),
      ),
    );
}
