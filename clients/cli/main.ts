import { CommanderError, type Command } from 'commander';
import { crusadesError } from '../../lib/errors/index.js';
import { tellFailure } from './action.js';
import { createProgram } from './program.js';
import { version } from './version.js';

const program = createProgram(version());
throwInsteadOfExit(program);

// A reader such as `head` may close the pipe before everything is written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.exit(tellFailure(crusadesError('output_unwritable', { reason: error.message }), false));
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has said what was wrong; help and version are no errors.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}

/** Commander itself would end the process with 1, which is the exit code of an answer. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) throwInsteadOfExit(inner);
}
