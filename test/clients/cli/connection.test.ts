import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { choosePlace, reach, withLedger } from '../../../clients/cli/connection.js';
import { crusadesError } from '../../../lib/errors/index.js';
import { announceStack } from '../../../lib/stack/running.js';

const STACK = {
  network: 'devnet',
  command: 'crusades up',
  state: '/state/devnet',
  hparams: path.resolve('hparams/local.json'),
  databaseUrl: 'postgres://crusades:secret@127.0.0.1:5999/crusades',
  temporal: { address: '127.0.0.1:7999', namespace: 'crusades', ui: null },
  endpoint: 'ws://127.0.0.1:9999',
};

describe('the validator that a command talks to', () => {
  let folder = '';
  let withdraw = (): void => undefined;
  const former = process.env['CRUSADES_DATA_DIR'];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'crusades-place-'));
    process.env['CRUSADES_DATA_DIR'] = folder;
    withdraw = announceStack(STACK);
  });
  after(async () => {
    withdraw();
    if (former === undefined) delete process.env['CRUSADES_DATA_DIR'];
    else process.env['CRUSADES_DATA_DIR'] = former;
    await rm(folder, { recursive: true, force: true });
  });

  it('is the one that runs on this machine, where nothing else is named', () => {
    const { settings, subnet, local } = choosePlace({}, {});
    assert.equal(local?.command, 'crusades up');
    assert.equal(settings.environment.databaseUrl, STACK.databaseUrl);
    assert.equal(settings.environment.endpoint, STACK.endpoint);
    assert.equal(settings.temporal.address, '127.0.0.1:7999');
    assert.equal(settings.temporal.namespace, 'crusades');
    assert.equal(settings.hparams.gpu_class, 'cpu');
    assert.deepEqual(subnet, { network: 'devnet', netuid: 3 });
  });

  it('is that of the environment as soon as it names one address', () => {
    const { settings, local } = choosePlace({}, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    assert.equal(local, null);
    assert.equal(settings.environment.databaseUrl, null);
    assert.equal(settings.environment.network, 'finney');
  });

  it('is not the one that runs here when another network is asked for', () => {
    assert.equal(choosePlace({ network: 'finney' }, {}).local, null);
    assert.notEqual(choosePlace({ network: 'devnet' }, {}).local, null);
    assert.equal(choosePlace({}, { CRUSADES_NETWORK: 'test' }).local, null);
  });

  it('has the options’ netuid, endpoint and settings rather than those of the environment', () => {
    const env = { CRUSADES_ENDPOINT: 'ws://127.0.0.1:1' };
    const place = choosePlace({ netuid: 9, endpoint: 'ws://127.0.0.1:2' }, env);
    assert.equal(place.subnet.netuid, 9);
    assert.equal(place.settings.environment.endpoint, 'ws://127.0.0.1:2');
  });
});

describe('a ledger without an address', () => {
  it('is unreachable, with the variable that is missing', async () => {
    const place = choosePlace({}, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    await assert.rejects(
      withLedger(place, () => Promise.resolve()),
      (error: Error) => /DATABASE_URL is not set/.test(error.message),
    );
  });
});

describe('reaching for something', () => {
  it('turns foreseeable errors into values and lets defects through', async () => {
    const error = crusadesError('ledger_unreachable', { reason: 'x' });
    assert.deepEqual(await reach(() => Promise.reject(error)), { ok: false, error });
    assert.deepEqual(await reach(() => Promise.resolve(1)), { ok: true, value: 1 });
    await assert.rejects(
      reach(() => Promise.reject(new TypeError('defect'))),
      TypeError,
    );
  });
});
