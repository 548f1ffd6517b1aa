import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { intakeWorkflowId } from '../../lib/progress/index.js';
import { packaged } from '../../lib/settings/index.js';
import { startControlWorker, type ManagedProcess } from '../../lib/stack/index.js';
import { attemptsInHistory, attemptUnderWay, type AttemptUnderWay } from '../support/end-to-end-history.js';
import { minersHost, raw, type MinersHost } from '../support/end-to-end-host.js';
import { commit, registerMiners, settled, textFor, type Committed } from '../support/end-to-end-miners.js';
import { descendantsOf, until } from '../support/end-to-end-process.js';
import { endToEndStack, type EndToEnd, type ProcessName } from '../support/end-to-end.js';
import { isRunning } from '../support/wait.js';

/** Enough attempts that one is under way at each kill. */
const FILES = ['faster.py', 'foreach_optimizer.py', 'chunked_loss.py', 'own_attention.py'];
const VICTIMS: readonly ProcessName[] = ['control worker', 'GPU worker', 'Postgres', 'Temporal', 'devnet'];
/** Generous: nothing is waited for longer than it takes. */
const SECONDS = 240;

describe('a validator whose processes are killed one after the other', () => {
  let stack: EndToEnd;
  let host: MinersHost;
  let committed: readonly Committed[] = [];
  /** The attempt that ran when each was killed. */
  const interrupted = new Map<ProcessName, AttemptUnderWay>();

  before('let the miners commit', async function () {
    stack = await endToEndStack(this);
    const codes = await Promise.all(FILES.map((file) => readFile(packaged(`test/honest/${file}`), 'utf8')));
    host = await minersHost(Object.fromEntries(FILES.map((file, index) => [file, raw(codes[index] ?? '')])));
    const gpuWorker = stack.processes['GPU worker'];
    const starting = gpuWorker.isRunning() ? Promise.resolve() : gpuWorker.start();
    await registerMiners(stack, FILES);
    committed = await Promise.all(
      FILES.map((file, index) => commit(stack, file, textFor(codes[index] ?? '', host.url(file)))),
    );
    await starting;
  });

  after(() => host?.close());

  const recordedAttempts = async (): Promise<number> => {
    const counts = await Promise.all(
      committed.map(async ({ submissionId }) => (await stack.ledger.attemptsOf(submissionId)).length),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };

  const underWay = (): Promise<AttemptUnderWay> =>
    until('an attempt under way', SECONDS, () => attemptUnderWay(stack.client, committed));

  for (const victim of VICTIMS) {
    it(`goes on after kill -9 of the ${victim}`, async function () {
      this.timeout(SECONDS * 1000);
      interrupted.set(victim, await underWay());
      const before = await recordedAttempts();
      const target = stack.processes[victim];
      const orphans = victim === 'GPU worker' ? descendantsOf(target.process().pid) : [];
      await target.killHard();

      if (victim === 'GPU worker') {
        assert.ok(orphans.length > 0, 'the GPU worker had no referee');
        await until('the end of the referee and the contestant', 30, async () => !orphans.some(isRunning));
      }
      const others = Object.entries(stack.processes).filter(([name]) => name !== victim);
      await target.start();
      await until('another recorded attempt', SECONDS, async () => (await recordedAttempts()) > before);
      for (const [name, process] of others) assert.ok(process.isRunning(), `the ${name} ended, too`);
    });
  }

  it('lets a GPU worker that is told to stop finish its attempt, and goes on with the next one', async function () {
    this.timeout(SECONDS * 1000);
    const { submissionId, workflowId, number } = await underWay();
    const gpuWorker = stack.processes['GPU worker'];
    const process = gpuWorker.process();
    process.kill('SIGTERM');
    const status = await process.exited;
    await gpuWorker.start();
    assert.deepEqual(status, { code: 0, signal: null });

    const finished = await until('the attempt that was finished', 30, async () =>
      (await stack.ledger.attemptsOf(submissionId)).find((attempt) => attempt.number === number),
    );
    const history = await attemptsInHistory(stack.client, workflowId);
    const ours = history.filter((attempt) => attempt.number === number);
    assert.deepEqual(
      ours.map(({ seed, failure }) => ({ seed, failure })),
      [{ seed: finished.seed, failure: null }],
    );
  });

  it('settles every submission', async function () {
    this.timeout(SECONDS * 1000);
    const ends = await Promise.all(committed.map((each) => settled(stack, each, SECONDS)));
    assert.deepEqual(
      ends.map(({ stage, error }) => error?.message ?? stage),
      FILES.map(() => 'scored'),
    );
  });

  it('has one record of each, and repeated no finished attempt', async () => {
    for (const { submissionId, workflowId, hotkey } of committed) {
      const [counts] = await stack.query(`
        select
          (select count(*) from submissions where hotkey = '${hotkey}') as submissions,
          (select count(*) from scores where submission_id = '${submissionId}') as scores,
          (select count(*) from submission_stages
            where submission_id = '${submissionId}' and stage = 'scored') as ends`);
      assert.deepEqual(counts, { submissions: '1', scores: '1', ends: '1' });

      const recorded = await stack.ledger.attemptsOf(submissionId);
      const history = await attemptsInHistory(stack.client, workflowId);
      const results = history.filter(({ seed }) => seed !== null);
      assert.deepEqual(
        results.map(({ number, seed }) => ({ number, seed })),
        recorded.map(({ number, seed }) => ({ number, seed })),
      );
      assert.deepEqual(
        recorded.map(({ number }) => number),
        [1, 2, 3],
      );
      const kills = [...interrupted.values()].filter((attempt) => attempt.submissionId === submissionId);
      const without = history.length - results.length;
      assert.ok(without <= kills.length, `${without} attempts had no result, ${kills.length} were hit`);
    }
    const seeds = await stack.query(`select seed from attempts`);
    assert.equal(new Set(seeds.map(({ seed }) => seed)).size, seeds.length, 'a seed was used twice');
  });

  it('refused the attempt of the hold that was lost, though the new worker has the old one’s queue', async () => {
    const hit = interrupted.get('GPU worker');
    assert.ok(hit);
    const history = await attemptsInHistory(stack.client, hit.workflowId);
    const lost = history.filter(({ number, seed }) => number === hit.number && seed === null);
    assert.deepEqual(
      lost.map(({ failure }) => failure),
      ['gpu_hold_lost'],
    );
    const [again] = history.filter(({ number, seed }) => number === hit.number && seed !== null);
    assert.equal(again?.queue, lost[0]?.queue);
  });

  it('gives the leader and the burn uid their weights on chain', async function () {
    this.timeout(SECONDS * 1000);
    const { chain, ledger, subnet, settings } = stack;
    const { competition_version, burn_uid, burn_rate } = settings.hparams;
    const { number: block } = await chain.head();
    const { leader } = await ledger.standing({ ...subnet, competitionVersion: competition_version }, block);
    assert.ok(leader, 'nobody leads');
    const best = await Promise.all(
      committed.map(({ submissionId }) => ledger.submissionStatus(submissionId)),
    );
    assert.ok(best.some((detail) => detail?.submissionId === leader.submissionId));

    const weights = await until('the weights of the leader on chain', SECONDS, async () => {
      const validator = (await chain.neurons(subnet.netuid)).find(({ uid }) => uid === 2);
      const shown = await chain.weightsOf(subnet.netuid, validator?.uid ?? -1);
      return shown.some(({ uid }) => uid === leader.uid) && shown;
    });
    const total = weights.reduce((sum, { value }) => sum + value, 0);
    const shares = new Map(weights.map(({ uid, value }) => [uid, value / total]));
    assert.deepEqual([...shares.keys()].sort(), [burn_uid, leader.uid].sort());
    assert.ok(Math.abs((shares.get(burn_uid) ?? 0) - burn_rate) < 1e-3, `burn ${shares.get(burn_uid)}`);
    const [last] = await ledger.weightHistory(subnet, 1);
    assert.equal(last?.error ?? null, null);
  });

  it('can compute the leader history anew from the attempts', async () => {
    const { equal, differences, submissions } = await stack.ledger.verifyLedger();
    assert.deepEqual({ equal, differences }, { equal: true, differences: [] });
    assert.ok(submissions >= committed.length);
  });

  it('makes one submission of a commitment that a new intake and a second control worker see again', async function () {
    this.timeout(SECONDS * 1000);
    const rows = (): Promise<unknown> =>
      stack.query(`
        select submissions.id, submissions.finished_at, count(scores.*) as scores
        from submissions left join scores on scores.submission_id = submissions.id
        group by submissions.id order by submissions.id`);
    const before = await rows();
    const intake = stack.client.workflow.getHandle(intakeWorkflowId(stack.subnet));
    await intake.terminate('the test wants a new one');
    await stack.query('delete from commitments_seen');
    const { number: since } = await stack.chain.head();

    let second: ManagedProcess | undefined;
    try {
      // It starts the intake anew, which knows of nothing.
      second = await startControlWorker({ env: stack.env, logFile: `${stack.folder}/second-worker.log` });
      await until('all commitments seen by the new intake', SECONDS, async () => {
        const status = await intake.query<{ cursor: number }>('status');
        return status.cursor >= since;
      });
    } finally {
      await second?.stop();
    }
    assert.deepEqual(await rows(), before);
    for (const { workflowId } of committed) {
      const { count } = await stack.client.workflow.count(`WorkflowId = '${workflowId}'`);
      assert.equal(count, 1, `runs of ${workflowId}`);
    }
  });
});
