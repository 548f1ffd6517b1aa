import { spawn } from 'node:child_process';
import { packaged } from '../../lib/settings/index.js';

export interface ProgramEnd {
  readonly code: number | null;
  /** What ended it, if it had no handler for it. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Beyond it a command hangs, and is killed. */
const PATIENCE_MS = 50_000;

/** Runs the built program up to its end. Nothing of this process's own settings reaches it. */
export const builtProgram = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { signalAfterSeconds }: { readonly signalAfterSeconds?: number } = {},
): Promise<ProgramEnd> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, [packaged('dist/clients/cli/main.js'), ...args], {
      env: { ...inherited(), CRUSADES_LOG_LEVEL: 'error', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => (output[name] += chunk));
    }
    const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    const signalling =
      signalAfterSeconds === undefined
        ? undefined
        : setTimeout(() => child.kill('SIGTERM'), signalAfterSeconds * 1000);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(impatience);
      clearTimeout(signalling);
      resolve({ code, signal, ...output, seconds: (performance.now() - began) / 1000 });
    });
  });

const inherited = (): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(CRUSADES|TEMPORAL)_/.test(name) || /^(CRUSADES_CACHE_DIR|TEMPORAL_CLI_PATH)$/.test(name),
    ),
  );
