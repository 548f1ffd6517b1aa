import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { startTemporal, type RunningTemporal } from '../../../lib/stack/index.js';
import { holdsWithin, isRunning } from '../../support/wait.js';

describe('startTemporal', function () {
  this.timeout(90_000);
  let folder: string;
  let running: RunningTemporal | undefined;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'crusades-temporal-'));
  });

  afterEach(() => running?.process.stop());

  after(() => rmSync(folder, { recursive: true }));

  const start = async (port?: number): Promise<RunningTemporal> => {
    running = await startTemporal({
      dbFile: join(folder, 'temporal.db'),
      namespace: 'testing',
      logFile: join(folder, 'temporal.log'),
      uiPort: false,
      ...(port !== undefined && { port }),
    });
    return running;
  };

  const retentionHours = async ({ address, namespace }: RunningTemporal): Promise<number> => {
    const connection = await Connection.connect({ address });
    try {
      const { config } = await connection.workflowService.describeNamespace({ namespace });
      return Number(config?.workflowExecutionRetentionTtl?.seconds) / 3600;
    } finally {
      await connection.close();
    }
  };

  it('keeps closed workflows for a month, and the namespace over a kill -9 and a restart on the same port', async () => {
    const first = await start();
    assert.equal(await retentionHours(first), 720);
    first.process.kill('SIGKILL');
    await first.process.exited;
    const second = await start(Number(first.address.split(':')[1]));
    assert.equal(second.address, first.address);
    assert.equal(await retentionHours(second), 720);
  });

  it('stops cleanly', async () => {
    const { process: server } = await start();
    await server.stop();
    assert.ok(await holdsWithin(1, () => !isRunning(server.pid)));
  });

  it('refuses a port that is taken', async () => {
    const { address } = await start();
    const port = Number(address.split(':')[1]);
    const options = { dbFile: join(folder, 'b.db'), namespace: 'b', logFile: join(folder, 'b.log') };
    await assert.rejects(startTemporal({ ...options, port, uiPort: false }), { code: 'port_taken' });
  });
});
