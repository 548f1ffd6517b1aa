import { spawn } from 'node:child_process';

/** So much of a command's output is kept to explain its failure. */
const TAIL_CHARACTERS = 4_000;

/**
 * Runs a command to its end and keeps the end of its output.
 *
 * @returns {Promise<{code: number | null, output: string}>} code null: killed, or past its deadline
 */
export function run(command, args, { cwd, env = process.env, timeoutSeconds }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const deadline = setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000);
    let output = '';
    const keep = (chunk) => (output = (output + chunk).slice(-TAIL_CHARACTERS));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(deadline);
      resolve({ code, output: output.trim() });
    });
  });
}
