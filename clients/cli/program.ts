import { Command } from 'commander';
import { registerChainCommand } from './chain.js';
import { registerDevnetCommand } from './devnet.js';
import { registerDoctorCommand } from './doctor.js';
import { registerLedgerCommand } from './ledger.js';
import { registerOperatorCommands } from './operate.js';
import { registerBenchmarkCommand } from './benchmark.js';
import { registerCompletionCommand } from './completion.js';
import { registerDemoCommand } from './demo.js';
import { registerLeaderboardCommand } from './leaderboard.js';
import { registerPaymentCommand } from './payment.js';
import { registerReplayCommand } from './replay.js';
import { registerShowCommand } from './show.js';
import { registerStatusCommand } from './status.js';
import { registerSubmitCommand } from './submit.js';
import { registerUpCommand } from './up.js';
import { registerVerifyCommand } from './verify.js';
import { registerWorkerCommand } from './worker.js';

const EXIT_CODES = `
Exit codes:
  0  good
  1  the answer is no: rejected, failed, different
  2  wrong use: arguments, settings, files
  3  infrastructure: something did not answer or is missing`;

/** The whole program. Command files load what they need only when they run, so that --help is quick. */
export function createProgram(version: string): Command {
  const program = new Command('crusades')
    .description('A Bittensor subnet validator that pays the fastest honest training code.')
    .version(version)
    .showHelpAfterError('(see --help)')
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .addHelpText('after', EXIT_CODES);

  program.commandsGroup('Miners:');
  registerVerifyCommand(program);
  registerBenchmarkCommand(program);
  registerSubmitCommand(program);
  registerStatusCommand(program);
  registerLeaderboardCommand(program);
  registerShowCommand(program);

  program.commandsGroup('Operators:');
  registerUpCommand(program);
  registerWorkerCommand(program);
  registerOperatorCommands(program);
  registerReplayCommand(program);
  registerLedgerCommand(program);
  registerPaymentCommand(program);
  registerDoctorCommand(program);
  registerChainCommand(program);

  program.commandsGroup('Developers:');
  registerDemoCommand(program);
  registerDevnetCommand(program);
  registerCompletionCommand(program);
  return program;
}
