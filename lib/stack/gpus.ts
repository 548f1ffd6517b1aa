import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 15_000;

/** The names of this host's NVIDIA GPUs, as the driver tells them; empty without a driver. */
export const installedGpus = async (): Promise<string[]> => {
  try {
    const { stdout } = await run('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], {
      timeout: TIMEOUT_MS,
    });
    return stdout.split('\n').filter((line) => line.trim() !== '');
  } catch {
    return [];
  }
};
