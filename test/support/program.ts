import { spawn } from 'node:child_process';
import { startOf } from './built.js';

export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 120_000;

/** Runs the program as a shell would; what is left of it after two minutes is killed. */
export const runProgram = async (
  args: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly input?: string;
    /** Called with all that was printed so far; may send signals. */
    readonly onOutput?: (output: string, kill: (signal: NodeJS.Signals) => void) => void;
  } = {},
): Promise<ProgramEnd> => {
  const start = await startOf('clients/cli/main.ts');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...start, ...args], {
      env: { ...process.env, NO_COLOR: '1', CRUSADES_DATA_DIR: '/nonexistent', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const deadline = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        output[name] += chunk;
        options.onOutput?.(output.stdout + output.stderr, (signal) => child.kill(signal));
      });
    }
    child.stdin.on('error', () => undefined).end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(deadline);
      resolve({ code, ...output });
    });
  });
};
