import { setTimeout as sleep } from 'node:timers/promises';
import { processStart } from '../../lib/provision/process-lock.mjs';

/** Waits until the condition holds; false when it does not within the time. */
export const holdsWithin = async (seconds: number, condition: () => boolean): Promise<boolean> => {
  const deadline = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
};

export const isRunning = (pid: number): boolean => processStart(pid) !== null;
