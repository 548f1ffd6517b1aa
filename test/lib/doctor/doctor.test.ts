import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { checkDisk, checkNode, checkPorts, checkPython } from '../../../lib/doctor/host.js';
import { checkLedger, checkTemporal } from '../../../lib/doctor/services.js';
import { loadSettings } from '../../../lib/settings/index.js';

const settings = (env: Record<string, string>) => loadSettings({ env });

describe('the doctor', () => {
  it('finds Node and Python, which run this test', async () => {
    assert.equal((await checkNode()).status, 'ok');
    assert.match((await checkPython()).detail, /^3\.\d+\.\d+ at /);
  });

  it('tells how much room there is', async () => {
    assert.match((await checkDisk()).detail, /GB free/);
  });

  it('says so when the ledger does not answer, and what to do', async () => {
    const finding = await checkLedger(settings({ DATABASE_URL: 'postgres://a@127.0.0.1:1/b' }));
    assert.equal(finding.status, 'fail');
    assert.match(finding.detail, /ECONNREFUSED/);
    assert.match(finding.remedy ?? '', /DATABASE_URL/);
  });

  it('has no fault to find where the ledger is started by the program', async () => {
    assert.equal((await checkLedger(settings({}))).status, 'ok');
  });

  it('takes a Temporal server that is not local and not there for a fault', async () => {
    const finding = await checkTemporal(settings({ TEMPORAL_ADDRESS: 'nowhere.invalid:7233' }));
    assert.equal(finding.status, 'fail');
    assert.match(finding.remedy ?? '', /TEMPORAL_ADDRESS/);
  }).timeout(30_000);

  it('takes none on this machine for one that is still to be started', async () => {
    const finding = await checkTemporal(settings({ TEMPORAL_ADDRESS: '127.0.0.1:1' }));
    assert.equal(finding.status, 'ok');
    assert.match(finding.detail, /crusades up/);
  });

  it('names the usual ports that are taken, which is no fault', async () => {
    const server = createServer();
    const bound = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(9944, '127.0.0.1', () => resolve(true));
    });
    const finding = await checkPorts();
    if (bound) server.close();
    assert.equal(finding.status, 'ok');
    assert.match(finding.detail, /9944 \(devnet\)/);
  });
});
