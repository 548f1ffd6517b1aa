import { spawn } from 'node:child_process';

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
    // In a group of its own: pip and uv start helpers, which must go with them.
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-TAIL_CHARACTERS);
    };
    const killGroup = () => {
      if (child.pid !== undefined) killQuietly(-child.pid);
    };
    const deadline = setTimeout(() => {
      output += `\nno end within ${timeoutSeconds} s`;
      killGroup();
    }, timeoutSeconds * 1000);
    signal?.addEventListener('abort', killGroup);
    process.once('exit', killGroup);
    const finish = (code: number | null) => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', killGroup);
      process.removeListener('exit', killGroup);
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

const killQuietly = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
};
