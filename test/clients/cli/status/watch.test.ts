import assert from 'node:assert/strict';
import { watchSubmission } from '../../../../clients/cli/status/watch.js';
import { crusadesError } from '../../../../lib/errors/index.js';
import type { LedgerReader, SubmissionDetail } from '../../../../lib/store/index.js';
import { recordedSubmission } from '../../../support/submission-records.js';

type Answer = SubmissionDetail | null | Error;

/** A ledger that gives one answer after the other, the last one for ever. */
const ledgerThat = (...answers: Answer[]): LedgerReader => {
  const ledger: Pick<LedgerReader, 'submissionStatus'> = {
    submissionStatus: () => {
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? null;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return ledger as LedgerReader;
};

/** The lines that are printed while `work` runs. */
const printed = async (work: () => Promise<unknown>): Promise<string[]> => {
  const write = process.stdout.write.bind(process.stdout);
  let output = '';
  process.stdout.write = (text: string) => {
    output += text;
    return true;
  };
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
  return output.split('\n').filter((line) => line.startsWith('{'));
};

describe('watching a submission', function () {
  this.timeout(20_000);
  const signal = new AbortController().signal;
  const queued = recordedSubmission({ stage: 'queued' });
  const scored = recordedSubmission({ stage: 'scored', mfu: 30 });

  it('tells each change once, waits for what is not known yet, and ends when it has settled', async () => {
    const temporal = null;
    const ledger = ledgerThat(null, queued, queued, scored);
    let unknown = 0;
    const lines = await printed(() =>
      watchSubmission(
        'x',
        { ledger, temporal },
        { json: true, signal, whenUnknown: () => void (unknown += 1) },
      ),
    );
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { stage: string }).stage),
      ['queued', 'scored'],
    );
    assert.equal(unknown, 1);
  });

  it('goes on when Postgres is started again meanwhile', async () => {
    const away = crusadesError('ledger_unreachable', { reason: 'restarting' });
    const ledger = ledgerThat(queued, away, away, scored);
    const lines = await printed(() =>
      watchSubmission('x', { ledger, temporal: null }, { json: true, signal, whenUnknown: () => undefined }),
    );
    assert.equal(lines.length, 2);
  });

  it('ends at once on Ctrl-C', async () => {
    const controller = new AbortController();
    const sources = { ledger: ledgerThat(queued), temporal: null };
    const options = { json: true, signal: controller.signal, whenUnknown: () => undefined };
    const started = Date.now();
    await printed(async () => {
      setTimeout(() => controller.abort(), 100);
      assert.equal(await watchSubmission('x', sources, options), null);
    });
    assert.ok(Date.now() - started < 900);
  });
});
