import { spawn } from 'node:child_process';
import { guardGroup, prepareGuard, releaseGroup, signalGroup } from '../child-process/guard.js';

const TAIL_CHARACTERS = 4_000;

export interface CommandResult {
  /** null: killed, past its deadline, or not even started. */
  readonly code: number | null;
  /** The end of standard output and standard error together. */
  readonly output: string;
}

export interface CommandOptions {
  readonly timeoutSeconds: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command to its end; never rejects, except with the signal's reason. */
export const runCommand = (
  command: string,
  args: readonly string[],
  { timeoutSeconds, env = process.env, signal }: CommandOptions,
): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    prepareGuard();
    // In a group of its own: pip and uv start helpers, which must go with them.
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const { pid } = child;
    if (pid !== undefined) guardGroup(pid);
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-TAIL_CHARACTERS);
    };
    const killGroup = () => {
      if (pid !== undefined) signalGroup(pid, 'SIGKILL');
    };
    const deadline = setTimeout(() => {
      output += `\nno end within ${timeoutSeconds} s`;
      killGroup();
    }, timeoutSeconds * 1000);
    signal?.addEventListener('abort', killGroup);
    const finish = (code: number | null) => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', killGroup);
      if (pid !== undefined) releaseGroup(pid);
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve({ code, output: output.trim() });
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => {
      output += error.message;
      finish(null);
    });
    child.once('close', finish);
  });
