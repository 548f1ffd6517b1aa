import type { Command } from 'commander';
import { action } from './action.js';
import { nonEmpty, wholeNumber } from './arguments.js';
import { withConnectionOptions, type ConnectionOptions } from './connection-options.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

export interface OperatorOptions extends ConnectionOptions {
  readonly reason: string;
  readonly actor?: string;
  readonly json?: boolean;
}

export interface WeightsOptions extends ConnectionOptions {
  readonly limit: number;
  readonly json?: boolean;
}

/** `crusades cancel|reevaluate|prioritise|pause|resume` and `crusades weights show` */
export function registerOperatorCommands(program: Command): void {
  operatorCommand(program, 'cancel <submission>', 'end a submission that is on its way')
    .addHelpText(
      'after',
      examples([['cancel 0123456789ab --reason "asked by the miner"', 'ends it, recorded']]),
    )
    .action(onSubmission('cancel'));

  operatorCommand(
    program,
    'reevaluate <submission>',
    'evaluate a submission anew: one on its way drops its attempts, one that has ended runs once more',
  )
    .addHelpText(
      'after',
      examples([['reevaluate 0123456789ab --reason "the GPU throttled"', 'a new evaluation begins']]),
    )
    .action(onSubmission('reevaluate'));

  operatorCommand(program, 'prioritise <submission>', 'move a submission in the GPU queue')
    .requiredOption('--priority <n>', '1 (first) to 5 (last)', wholeNumber(1, 5))
    .addHelpText(
      'after',
      examples([['prioritise 0123456789ab --priority 1 --reason "waited too long"', 'it is next']]),
    )
    .action(onSubmission('prioritise'));

  operatorCommand(program, 'pause', 'start no new submissions; what runs goes on')
    .addHelpText('after', examples([['pause --reason "maintenance of the GPUs"', 'until `crusades resume`']]))
    .action(onIntake('pause'));

  operatorCommand(program, 'resume', 'start new submissions again, those that came meanwhile included')
    .addHelpText('after', examples([['resume --reason "maintenance is over"', 'nothing was missed']]))
    .action(onIntake('resume'));

  const weights = program.command('weights').description('the weights that this validator sets');
  withConnectionOptions(
    weights.command('show').description('every try of setting weights, and what the chain holds now'),
  )
    .option('--limit <n>', 'how many tries', wholeNumber(1, 1000), 10)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples([['weights show', 'history, and the chain beside it']]))
    .action(
      action(
        interruptible(async (signal, options: WeightsOptions) => {
          const { showWeights } = await import('./operate/weights.js');
          return showWeights(options, signal);
        }),
      ),
    );
}

const operatorCommand = (program: Command, nameAndArguments: string, description: string): Command =>
  withConnectionOptions(program.command(nameAndArguments).description(description))
    .requiredOption('--reason <text>', 'why; kept for ever', nonEmpty)
    .option('--actor <name>', 'who (default: user@host)', nonEmpty)
    .option('--json', 'print one JSON document');

const onSubmission = (update: 'cancel' | 'reevaluate' | 'prioritise') =>
  action(
    interruptible(async (signal, name: string, options: OperatorOptions & { priority?: number }) => {
      const { updateSubmission } = await import('./operate/run.js');
      return updateSubmission(update, name, options, signal);
    }),
  );

const onIntake = (update: 'pause' | 'resume') =>
  action(
    interruptible(async (signal, options: OperatorOptions) => {
      const { updateIntake } = await import('./operate/run.js');
      return updateIntake(update, options, signal);
    }),
  );
