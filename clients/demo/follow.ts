import { setTimeout as sleep } from 'node:timers/promises';
import { crusadesError } from '../../lib/errors/index.js';
import { isFinal } from '../../lib/progress/index.js';
import type { LedgerReader, SubmissionDetail } from '../../lib/store/index.js';
import type { Committed } from './miners.js';

const POLL_MS = 500;

/**
 * Follows submissions in the ledger, telling each change, until all have settled.
 *
 * @param tell one line for people
 * @throws `process_start_timeout` when they have not settled by the deadline
 */
export async function followUntilSettled(
  ledger: LedgerReader,
  committed: readonly Committed[],
  tell: (file: string, news: string) => void,
  { deadlineSeconds, signal }: { readonly deadlineSeconds: number; readonly signal: AbortSignal },
): Promise<readonly SubmissionDetail[]> {
  const until = Date.now() + deadlineSeconds * 1000;
  const told = new Map<string, number>();
  for (;;) {
    signal.throwIfAborted();
    const details = await Promise.all(committed.map(({ workflowId }) => ledger.submissionStatus(workflowId)));
    details.forEach((detail, index) => {
      const file = committed[index]?.file ?? '';
      const news = detail ? newsOf(detail) : [];
      news.slice(told.get(file) ?? 0).forEach((line) => tell(file, line));
      told.set(file, news.length);
    });
    const settled = details.filter((detail) => detail !== null).filter(({ stage }) => isFinal(stage));
    if (settled.length === committed.length) return settled;
    if (Date.now() > until) {
      throw crusadesError('process_start_timeout', {
        process: `${committed.length - settled.length} submission(s)`,
        seconds: deadlineSeconds,
        log: 'the Temporal UI and the logs',
      });
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** What has happened to a submission, oldest first. It only ever grows, so that each line is told once. */
function newsOf({ stages, attempts, stage, mfu, error }: SubmissionDetail): readonly string[] {
  const reached = stages.map(({ stage: name, at }) => ({ at, line: name.replaceAll('_', ' ') }));
  const tried = attempts.map(({ number, mfu: reading, outcome, finishedAt, seconds }) => ({
    at: finishedAt,
    line:
      reading !== null && outcome === 'scored'
        ? `attempt ${number}: ${reading.toFixed(2)} % MFU in ${seconds?.toFixed(2)} s`
        : `attempt ${number}: ${outcome}`,
  }));
  const lines = [...reached, ...tried].sort((a, b) => (a.at < b.at ? -1 : 1)).map(({ line }) => line);
  if (!isFinal(stage)) return lines;
  const verdict = mfu === null ? `${error?.code}: ${error?.message}` : `${mfu.toFixed(2)} % MFU`;
  return [...lines.filter((line) => line !== stage), `${stage.toUpperCase()}  ${verdict}`];
}
