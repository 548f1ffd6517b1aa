import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processStart, tryLock, waitForLock } from '../../../lib/provision/process-lock.mjs';
import { choosePort, lockState, stateLayout } from '../../../lib/stack/index.js';

describe('the state directory', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'crusades-state-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  it('refuses a second holder, naming the first, until it is released', () => {
    const layout = stateLayout('devnet', join(folder, 'one'));
    const lock = lockState(layout, 'crusades up');
    assert.throws(() => lockState(layout, 'crusades demo'), {
      code: 'argument_invalid',
      message: new RegExp(`crusades up.*process ${process.pid}`),
    });
    lock.release();
    lockState(layout, 'crusades demo').release();
  });

  it('takes a lock over whose holder has ended', () => {
    const file = join(folder, 'ended.lock');
    const { pid } = spawnSync('true');
    writeFileSync(file, JSON.stringify({ pid, started: '1', what: 'gone' }));
    assert.ok('release' in tryLock(file, 'next'));
  });

  it('takes a lock over whose process id belongs to somebody else by now', () => {
    const file = join(folder, 'reused.lock');
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'long ago', what: 'gone' }));
    assert.ok('release' in tryLock(file, 'next'));
  });

  it('respects a lock whose holder lives', () => {
    const file = join(folder, 'living.lock');
    const started = processStart(process.ppid);
    writeFileSync(file, JSON.stringify({ pid: process.ppid, started, what: 'busy' }));
    const lock = tryLock(file, 'next');
    assert.ok('holder' in lock);
    assert.equal(lock.holder.what, 'busy');
  });

  it('lets those who wait have the lock one after the other', async () => {
    const file = join(folder, 'queue.lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      const lock = await waitForLock(file, 'work');
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
      lock.release();
    };
    await Promise.all([work(), work(), work(), work()]);
    assert.equal(most, 1);
  });

  it('stops waiting when it is told to', async () => {
    const file = join(folder, 'given-up.lock');
    const lock = tryLock(file, 'first');
    await assert.rejects(waitForLock(file, 'second', { signal: AbortSignal.timeout(50) }), {
      name: /Timeout|Abort/,
    });
    assert.ok('release' in lock);
    lock.release();
  });
});

describe('choosePort', () => {
  it('refuses a port that was asked for and is taken, naming the option', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const options = { usual: port, option: '--temporal-port' };
    try {
      await assert.rejects(choosePort(port, options), {
        code: 'port_taken',
        remedy: /--temporal-port/,
      });
      const other = await choosePort(undefined, options);
      assert.ok(other > port && other <= port + 100, `${other} is not the next free one above ${port}`);
    } finally {
      server.close();
    }
  });

  it('gives the same port twice to one who restarts a server', async () => {
    const port = await choosePort(undefined, { usual: 20_000, option: '--port' });
    assert.equal(await choosePort(port, { usual: 1, option: '--port' }), port);
  });
});
