import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../../lib/provision/index.js';
import { isProgramBuilt, runningStacks } from '../../../lib/stack/index.js';
import { skip } from '../../support/skip.js';
import { holdsWithin, isRunning } from '../../support/wait.js';

interface Started {
  readonly owner: ChildProcess;
  readonly ready: Record<string, unknown>;
  /** Of every process that `up` told of. */
  readonly pids: readonly number[];
}

/** The built program, without GPU workers: what is tested here is who starts, restarts and stops whom. */
describe('crusades up', function () {
  this.timeout(120_000);
  let folder: string;
  const owners: ChildProcess[] = [];

  before(function () {
    if (!isProgramBuilt()) skip(this, 'the program is not built: npm run build');
    folder = mkdtempSync(join(tmpdir(), 'crusades-up-'));
    chmodSync(folder, 0o755);
  });

  after(() => {
    for (const owner of owners) owner.kill('SIGKILL');
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const up = (...args: string[]): ChildProcess => {
    const main = join(projectRoot(), 'dist/clients/cli/main.js');
    const { DATABASE_URL: _, TEMPORAL_ADDRESS: __, CRUSADES_ENDPOINT: ___, ...env } = process.env;
    const owner = spawn(
      process.execPath,
      [main, 'up', '--network=devnet', '--gpu-workers=0', `--state=${folder}`, '--json', ...args],
      { env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    owners.push(owner);
    return owner;
  };

  const start = async (): Promise<Started> => {
    const owner = up();
    assert.ok(owner.stdout);
    const pids: number[] = [];
    for await (const line of createInterface({ input: owner.stdout })) {
      const event = JSON.parse(line) as Record<string, unknown>;
      if (event['event'] === 'started') pids.push(Number(event['pid']));
      if (event['event'] === 'ready') return { owner, ready: event, pids };
    }
    throw new Error('up ended before it was ready');
  };

  it('starts everything, tells other commands where it is, and takes all with it on kill -9', async () => {
    const { owner, ready, pids } = await start();
    assert.equal(pids.length, 4);
    assert.ok(pids.every(isRunning));
    const announced = runningStacks().find(({ pid }) => pid === owner.pid);
    assert.equal(announced?.endpoint, ready['endpoint']);
    assert.equal(announced?.temporal.address, ready['temporal']);

    owner.kill('SIGKILL');
    assert.ok(await holdsWithin(10, () => !pids.some(isRunning)), 'something outlived its owner');
    assert.equal(
      runningStacks().some(({ pid }) => pid === owner.pid),
      false,
    );
  });

  it('goes on with the same state after that, refuses a second one, and stops cleanly on Ctrl-C', async () => {
    const { owner, pids } = await start();

    const second = up();
    let said = '';
    second.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(second, 'close')) as [number];
    assert.equal(code, 2);
    assert.match(said, /works with this state directory/);

    owner.kill('SIGINT');
    assert.deepEqual(await once(owner, 'exit'), [0, null]);
    assert.equal(pids.some(isRunning), false);
  });
});
