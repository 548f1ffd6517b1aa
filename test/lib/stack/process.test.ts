import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CrusadesError } from '../../../lib/errors/index.js';
import { startProcess, type ManagedProcess, type ProcessSpec } from '../../../lib/stack/index.js';
import { holdsWithin, isRunning } from '../../support/wait.js';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

describe('startProcess', () => {
  let folder: string;
  const started: ManagedProcess[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'crusades-process-'));
  });

  after(async () => {
    await Promise.all(started.map((process) => process.stop()));
    rmSync(folder, { recursive: true });
  });

  const specOf = (wishes: readonly string[], more: Partial<ProcessSpec> = {}): ProcessSpec => ({
    name: 'program',
    command: process.execPath,
    args: [fixture('program.mjs'), ...wishes],
    logFile: join(folder, `${started.length}-${wishes.join('-').replaceAll(/\W/g, '_')}.log`),
    ready: { line: (line) => line === 'ready' },
    ...more,
  });

  const start = async (...args: Parameters<typeof specOf>): Promise<ManagedProcess> => {
    const process = await startProcess(specOf(...args));
    started.push(process);
    return process;
  };

  const failureOf = async (spec: ProcessSpec): Promise<CrusadesError> => {
    const error: unknown = await startProcess(spec).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CrusadesError, String(error));
    return error;
  };

  it('waits for the line that says ready, and keeps the output in the log', async () => {
    const process = await start(['ready', 'say=hello']);
    assert.ok(isRunning(process.pid));
    assert.match(readFileSync(process.logFile, 'utf8'), /hello/);
  });

  it('hands no password of a key on', async () => {
    process.env['BT_WALLET_PASSWORD'] = 'hunter2';
    try {
      const started = await start(['ready', 'show=BT_WALLET_PASSWORD', 'show=PATH']);
      const log = readFileSync(started.logFile, 'utf8');
      assert.match(log, /BT_WALLET_PASSWORD is undefined/);
      assert.match(log, /PATH is \//);
    } finally {
      delete process.env['BT_WALLET_PASSWORD'];
    }
  });

  it('asks a probe until it is true, a rejection counting as not yet', async () => {
    let asked = 0;
    const probe = () => (++asked < 3 ? Promise.reject(new Error('refused')) : Promise.resolve(true));
    await start(['silent'], { ready: { probe } });
    assert.equal(asked, 3);
  });

  it('stops a process with SIGTERM, and a second stop is the same stop', async () => {
    const process = await start(['ready']);
    const [first, second] = await Promise.all([process.stop(), process.stop()]);
    assert.deepEqual(first, { code: null, signal: 'SIGTERM' });
    assert.deepEqual(second, first);
    assert.equal(process.kill('SIGTERM'), false);
  });

  it('kills a process that ignores SIGTERM after its grace', async () => {
    const process = await start(['ready', 'stubborn'], { graceSeconds: 0.2 });
    assert.deepEqual(await process.stop(), { code: null, signal: 'SIGKILL' });
  });

  it('kills what a process leaves behind in its group', async () => {
    const process = await start(['child', 'ready']);
    const child = Number(/child (\d+)/.exec(readFileSync(process.logFile, 'utf8'))?.[1]);
    assert.ok(isRunning(child));
    process.kill('SIGKILL');
    assert.deepEqual(await process.exited, { code: null, signal: 'SIGKILL' });
    assert.ok(await holdsWithin(2, () => !isRunning(child)));
  });

  it('tells the exit code and the last lines of one that ends before it is ready', async () => {
    const error = await failureOf(specOf(['exit=7', 'say=no such table']));
    assert.equal(error.code, 'process_failed');
    assert.match(error.message, /exit code 7: no such table/);
    assert.deepEqual(error.details['lastLines'], ['no such table']);
  });

  it('tells that a program could not be started at all', async () => {
    const error = await failureOf(specOf([], { command: join(folder, 'missing') }));
    assert.equal(error.code, 'process_failed');
    assert.match(error.message, /could not be started/);
  });

  it('gives up on one that is not ready in time, and leaves nothing running', async () => {
    const spec = specOf(['child', 'say=loading'], { readyTimeoutSeconds: 1, graceSeconds: 1 });
    const error = await failureOf(spec);
    assert.equal(error.code, 'process_start_timeout');
    const lines = error.details['lastLines'] as string[];
    const child = Number(/child (\d+)/.exec(lines.join('\n'))?.[1]);
    assert.ok(lines.includes('loading'));
    assert.ok(await holdsWithin(2, () => !isRunning(child)));
  });

  describe('when its owner ends', () => {
    const owners: ChildProcess[] = [];

    after(() => owners.forEach((owner) => owner.kill('SIGKILL')));

    const startOwner = async (ending: string): Promise<{ owner: ChildProcess; pid: number }> => {
      const log = join(folder, `owner-${ending}.log`);
      const owner = spawn(
        process.execPath,
        ['--import=tsx', fixture('owner.ts'), fixture('program.mjs'), log, ending],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
      owners.push(owner);
      const [line] = (await once(owner.stdout, 'data')) as [Buffer];
      return { owner, pid: Number(/started (\d+)/.exec(line.toString())?.[1]) };
    };

    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
      it(`goes with it on ${signal}`, async () => {
        const { owner, pid } = await startOwner(`by-${signal}`);
        assert.ok(isRunning(pid));
        owner.kill(signal);
        assert.ok(await holdsWithin(3, () => !isRunning(pid)));
      });
    }

    for (const ending of ['exit', 'throw']) {
      it(`goes with it on ${ending}`, async () => {
        const { pid } = await startOwner(ending);
        assert.ok(await holdsWithin(3, () => !isRunning(pid)));
      });
    }
  });
});
