import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { createLedgerActivities } from '../../activities/ledger.js';
import { submissionIdOf } from '../../lib/admission/index.js';
import { paths } from '../../lib/provision/index.js';
import { migrateLedger, openLedger, type Ledger } from '../../lib/store/index.js';
import { until } from '../support/end-to-end-process.js';
import { withTestDatabase } from '../support/postgres.js';
import { skip } from '../support/skip.js';
import {
  attemptResult,
  controlWorker,
  freshCommitment,
  gpuWorker,
  nothingWritten,
  running,
  settingsForTest,
  smoothActivities,
  startSubmission,
} from '../support/submission-world.js';
import { temporalForTests, type TemporalForTests } from '../support/temporal.js';

const run = promisify(execFile);
const TIMEOUT = { timeout: 20_000 };
const TABLESPACE = `tiny_${process.pid}`;

describe('a ledger whose disk is full', function () {
  this.timeout(120_000);
  const database = withTestDatabase();
  let temporal: TemporalForTests;
  let ledger: Ledger;
  let folder = '';

  before('give the scores a disk of their own', async function () {
    if (process.getuid?.() !== 0) skip(this, 'needs root, to mount a small disk');
    if (paths().postgres === null) skip(this, 'no Postgres is provisioned (run `npm test`, which does that)');
    temporal = await temporalForTests(this);
    folder = await mkdtemp(join(tmpdir(), 'crusades-test-disk-'));
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0755', 'none', folder], TIMEOUT);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      folder = '';
      skip(this, `no small disk can be mounted here (${String(error).split('\n')[0]})`);
    }
    await run(
      'install',
      ['-d', '-m', '0700', '-o', 'postgres', '-g', 'postgres', join(folder, 'data')],
      TIMEOUT,
    );
    await migrateLedger(database);
    await database.query(`create tablespace ${TABLESPACE} location '${join(folder, 'data')}'`);
    await database.query(`alter table scores set tablespace ${TABLESPACE}`);
    ledger = openLedger(database);
  });

  after('take the disk away', async () => {
    await ledger?.close();
    if (folder === '') return;
    // The database has been dropped by now, and with it what was on that disk.
    await run('umount', ['--lazy', folder], TIMEOUT);
    await rm(folder, { recursive: true, force: true });
  });

  it('waits with the outcome, and records it once when there is space again', async () => {
    const settings = settingsForTest();
    const key = { ...freshCommitment().key, commitBlock: 7 };
    const commitment = freshCommitment({ key, submissionId: submissionIdOf(key) });
    const written = nothingWritten();
    const chain = { head: async () => ({ number: 100, hash: '0x' }) };
    const control = await controlWorker(temporal, settings, {
      ...smoothActivities(written),
      ...createLedgerActivities({ ledger, chain }),
    });
    const gpu = await gpuWorker(temporal, settings, async (spec) => attemptResult(spec, 40));
    const filler = join(folder, 'filler');
    await fill(filler);

    await running([control, ...gpu.workers], async () => {
      const handle = await startSubmission(temporal, commitment, settings);
      await until('recordOutcome to wait for space', 60, async () => failsFor(handle, 'ledger_full'));
      const before = await ledger.submissionStatus(commitment.submissionId);
      assert.deepEqual([before?.stage, before?.attempts.length], ['recording', 5]);

      await rm(filler);
      const outcome = await handle.result();
      assert.deepEqual([outcome.stage, outcome.mfu, outcome.leads], ['scored', 40, true]);
    });
    const scores = await database.query('select submission_id, evaluation, mfu from scores');
    assert.deepEqual(scores, [{ submission_id: commitment.submissionId, evaluation: 1, mfu: 40 }]);
    assert.deepEqual((await ledger.verifyLedger()).differences, []);
  });
});

/** Writes until the disk takes no more. */
async function fill(file: string): Promise<void> {
  await assert.rejects(writeFile(file, Buffer.alloc(1024 * 1024)), { code: 'ENOSPC' });
}

async function failsFor(handle: WorkflowHandle, code: string): Promise<boolean> {
  const { raw } = await handle.describe();
  return (raw.pendingActivities ?? []).some(
    ({ activityType, lastFailure }) =>
      activityType?.name === 'recordOutcome' && lastFailure?.applicationFailureInfo?.type === code,
  );
}
