import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { startOf } from '../../support/built.js';
import { clientOf } from './connected.js';

interface Ready {
  readonly event: string;
  readonly url: string;
  readonly genesis_hash: string;
  readonly block: number;
}

const START_TIMEOUT_MS = 15_000;

describe('crusades devnet', () => {
  let folder = '';
  let start: readonly string[] = [];
  const children: ChildProcess[] = [];
  before(async () => {
    start = await startOf('clients/cli/main.ts');
    folder = mkdtempSync(join(tmpdir(), 'crusades-devnet-process-'));
  });
  after(() => {
    children.forEach((child) => child.kill('SIGKILL'));
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [...start, 'devnet', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  };
  const ready = async (child: ChildProcess): Promise<Ready> => {
    assert.ok(child.stdout);
    const deadline = setTimeout(START_TIMEOUT_MS, null, { ref: false });
    const lines = createInterface({ input: child.stdout });
    const line = new Promise<string>((resolve) => lines.once('line', resolve));
    const first = await Promise.race([line, deadline]);
    assert.ok(first !== null, 'it said nothing in time');
    return JSON.parse(first) as Ready;
  };
  const exit = (child: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => child.once('exit', (code) => resolve(code)));

  it('loses at most the last block to kill -9, and stops with 0 on SIGTERM', async () => {
    const options = ['--port', '0', '--block-time', '0.25', '--state', join(folder, 'chain.json'), '--json'];
    const first = run(...options);
    const begun = await ready(first);
    assert.equal(begun.event, 'ready');
    const api = await clientOf(begun.url);
    await setTimeout(1500);
    const head = await api.rpc.chain.getHeader();
    first.kill('SIGKILL');
    await exit(first);
    await api.disconnect();
    assert.ok(head.number.toNumber() >= 3);

    const second = run(...options);
    const resumed = await ready(second);
    assert.equal(resumed.genesis_hash, begun.genesis_hash);
    assert.ok(
      resumed.block >= head.number.toNumber() - 1,
      `${resumed.block} after ${head.number.toString()}`,
    );
    const again = await clientOf(resumed.url);
    const hash = await again.rpc.chain.getBlockHash(head.number.toNumber() - 1);
    assert.equal(hash.toHex(), head.parentHash.toHex());
    await again.disconnect();
    second.kill('SIGTERM');
    assert.equal(await exit(second), 0);
  }).timeout(40_000);

  it('says which port is taken, and exits with an error', async () => {
    const first = run('--port', '0', '--json');
    const { url } = await ready(first);
    const second = run('--port', new URL(url).port, '--json');
    let said = '';
    second.stdout?.on('data', (data: Buffer) => (said += data.toString()));
    assert.notEqual(await exit(second), 0);
    assert.match(said, /port_taken/);
    first.kill('SIGTERM');
    assert.equal(await exit(first), 0);
  }).timeout(40_000);
});
