import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** So long a step may take to end after it was told to. */
const GRACE_MS = 5_000;

const running = new Set();

/**
 * Runs a command with the terminal's output, in a process group of its own, so that it and all it started can be
 * stopped together.
 *
 * @returns {Promise<{code: number | null, output: string}>} `output` only with `capture`; code null: past its time
 */
export function runGroup(command, args, { cwd, env, timeoutSeconds, capture = false }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', capture ? 'pipe' : 'inherit', capture ? 'pipe' : 'inherit'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    running.add(child);
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      console.log(`  no end within ${timeoutSeconds} s, stopped`);
      void stop(child);
    }, timeoutSeconds * 1000);
    const finish = (code) => {
      clearTimeout(deadline);
      running.delete(child);
      signal(child, 'SIGKILL');
      resolve({ code: late ? null : code, output });
    };
    child.once('error', (error) => {
      output += error.message;
      finish(null);
    });
    child.once('close', finish);
  });
}

/** Ends every step under way with all that it started. */
export const stopAll = () => Promise.all([...running].map(stop));

async function stop(child) {
  const ended = new Promise((resolve) => child.once('close', resolve));
  signal(child, 'SIGTERM');
  await Promise.race([ended, sleep(GRACE_MS)]);
  signal(child, 'SIGKILL');
}

function signal(child, name) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    // The whole group has ended.
  }
}
