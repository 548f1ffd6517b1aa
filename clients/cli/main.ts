import { existsSync, readFileSync } from 'node:fs';
import { CommanderError, type Command } from 'commander';
import { createProgram } from './program.js';

/** Two folders up from the sources, three from `dist`. */
const version = (): string => {
  const places = ['../../package.json', '../../../package.json'].map(
    (place) => new URL(place, import.meta.url),
  );
  const file = places.find((place) => existsSync(place));
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : 'unknown';
};

const program = createProgram(version());
throwInsteadOfExit(program);

// A reader such as `head` may close the pipe before everything is written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
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
