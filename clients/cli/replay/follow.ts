import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { TemporalSettings } from '../../../lib/settings/index.js';
import type { ReplayOutcome } from '../../../workflows/messages.js';
import { isGpuClassServed, readReplay, replayOutcome, type LiveReplay } from '../../queries/live-replay.js';
import { printable } from '../output/escape.js';
import { note } from '../output/print.js';
import { styleFor } from '../output/style.js';

const INTERVAL_MS = 1_000;

/**
 * Tells where a replay stands until it has ended.
 *
 * @returns how it ended; null when the signal came first
 */
export const followReplay = async (
  client: Client,
  workflowId: string,
  tuning: TemporalSettings,
  signal: AbortSignal,
): Promise<ReplayOutcome | null> => {
  const line = progressLine();
  try {
    for (;;) {
      const live = await readReplay(client, workflowId);
      if (!live.running) return await replayOutcome(client, workflowId);
      const waitsFor = live.status?.stage === 'queued' ? live.status.gpuClass : null;
      const served = waitsFor === null || (await isGpuClassServed(client, tuning, waitsFor));
      line.tell(progressText(live, served));
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return null;
    }
  } finally {
    line.end();
  }
};

/** Where it stands, in words. `served`: some worker of the GPU's class has asked for work lately. */
export const progressText = ({ status, attempt }: LiveReplay, served: boolean): string => {
  if (status === null) return 'waits for a control worker';
  const { stage, waitsFor, gpu } = status;
  if (stage === 'queued') {
    const absent = served ? '' : ', and no worker of this class has asked for work lately';
    return `waits for ${waitsFor ?? 'a GPU'}${absent}`;
  }
  if (stage !== 'evaluating') return stage;
  return [`on ${gpu ?? 'a GPU'}`, attempt && attempt.phase.replaceAll('_', ' ')].filter(Boolean).join(': ');
};

/** On standard error: one line that changes on a terminal, one for each change in a log. */
const progressLine = () => {
  const terminal = process.stderr.isTTY;
  const style = styleFor(process.stderr);
  let last = '';
  return {
    tell(text: string): void {
      const shown = printable(text);
      if (terminal) process.stderr.write(`\r\u001b[K${style.dim(`${shown} …`)}`);
      else if (shown !== last) note(`${shown} …`);
      last = shown;
    },
    end(): void {
      if (terminal) process.stderr.write('\r\u001b[K');
    },
  };
};
