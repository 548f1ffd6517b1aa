import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, supervise, type SupervisionEvent } from '../../../lib/stack/index.js';
import { restartDelay } from '../../../lib/stack/supervise.js';
import { holdsWithin, isRunning } from '../../support/wait.js';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

describe('supervise', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'crusades-supervise-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  const start = (program: string, signal: AbortSignal) =>
    startProcess({
      name: program,
      command: process.execPath,
      args: [fixture(program), 'ready'],
      logFile: join(folder, `${program}.log`),
      ready: { line: (line) => line === 'ready' },
      signal,
    });

  it('starts a process again that was killed, and stops it for good when told', async () => {
    const events: SupervisionEvent[] = [];
    const supervised = await supervise(
      'program',
      (signal) => start('program.mjs', signal),
      (event) => events.push(event),
    );
    const first = supervised.process().pid;
    supervised.process().kill('SIGKILL');
    assert.ok(await holdsWithin(5, () => supervised.process().pid !== first));
    const second = supervised.process().pid;
    await supervised.stop();
    assert.equal(isRunning(second), false);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['started', 'ended', 'started'],
    );
    const ended = events.find((event) => event.kind === 'ended');
    assert.equal(ended?.status, 'SIGKILL');
    assert.ok(ended.log.endsWith('program.mjs.log'));
  });

  it('stops while it waits to start a process again', async () => {
    const supervised = await supervise(
      'short',
      (signal) => start('short.mjs', signal),
      () => undefined,
    );
    await supervised.process().exited;
    const before = Date.now();
    await supervised.stop();
    assert.ok(Date.now() - before < 800, 'it waited for the restart');
  });

  it('tells a restart that fails and tries on', async () => {
    const events: SupervisionEvent[] = [];
    let starts = 0;
    const supervised = await supervise(
      'short',
      (signal) => (++starts === 2 ? Promise.reject(new Error('port taken')) : start('short.mjs', signal)),
      (event) => events.push(event),
    );
    assert.ok(await holdsWithin(8, () => starts === 3));
    await supervised.stop();
    const failed = events.find((event) => event.kind === 'not_started');
    assert.equal(failed?.reason, 'port taken');
  });

  it('passes on why the first start failed', async () => {
    await assert.rejects(
      supervise(
        'never',
        () => Promise.reject(new Error('no')),
        () => undefined,
      ),
      /no/,
    );
  });

  it('waits longer after each short run, half a minute at most, and afresh after a steady one', () => {
    const delays = [0, 0, 0, 0, 0, 0, 0].reduce<number[]>(
      (all, ran) => [...all, restartDelay(all.at(-1) ?? null, ran)],
      [],
    );
    assert.deepEqual(delays, [1, 2, 4, 8, 16, 30, 30]);
    assert.equal(restartDelay(30, 3600), 1);
  });
});
