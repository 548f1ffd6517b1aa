import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { ROOT } from '../setup/project.mjs';

const run = promisify(execFile);
const TIMES = 7;
const TIMEOUT_MS = 60_000;

/** How long a person waits for the program to say something, and for a set-up that has nothing to do. */
export async function benchStart() {
  return [
    { name: 'crusades --help', ...(await median([join(ROOT, 'crusades'), '--help'])), target: 0.4 },
    { name: 'set-up, nothing changed', ...(await median([join(ROOT, 'scripts/setup.mjs')])), target: 1 },
  ];
}

async function median(args) {
  const seconds = [];
  for (let time = 0; time < TIMES; time++) {
    const started = performance.now();
    await run(process.execPath, args, { cwd: ROOT, timeout: TIMEOUT_MS });
    seconds.push((performance.now() - started) / 1000);
  }
  return { value: seconds.sort((a, b) => a - b)[Math.floor(TIMES / 2)], unit: 's' };
}
