import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import type { TemporalForTests } from './temporal.js';

export const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

/**
 * Proves that a workflow's history replays: one that does not is stuck after a restart. With
 * `CRUSADES_RECORD_HISTORIES=1` it is written to test/histories besides, where later code is held to it.
 */
export async function replays(
  { bundle }: TemporalForTests,
  handle: WorkflowHandle,
  name?: string,
): Promise<void> {
  const history = await handle.fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: bundle }, history, handle.workflowId);
  if (name === undefined || process.env['CRUSADES_RECORD_HISTORIES'] !== '1') return;
  mkdirSync(HISTORIES, { recursive: true });
  // Who ran it is nobody's business.
  // Who ran it, and where, is nobody's business.
  const text = JSON.stringify(JSON.parse(historyToJSON(history)), null, 1)
    .replaceAll(/"identity": "[^"]*"/g, '"identity": "recorded"')
    .replaceAll(/"\d+@[^"-]*-/g, '"recorded-')
    .replaceAll(`${process.cwd()}/`, '');
  writeFileSync(`${HISTORIES}${name}.json`, `${text}\n`);
}
