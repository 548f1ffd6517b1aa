import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { packaged } from '../../lib/settings/index.js';
import { isProgramBuilt } from '../../lib/stack/index.js';
import { endToEndStack } from '../support/end-to-end.js';
import { builtProgram, type ProgramEnd } from '../support/end-to-end-program.js';
import { skip } from '../support/skip.js';

/** What a command may take to give up; the machine may be busy. */
const SECONDS = 30;

describe('a start that cannot succeed', function () {
  this.timeout((SECONDS + 30) * 1000);
  let folder: string;
  let nobody: number;
  let occupied: Server;
  /** A worker's environment, its server at an address where nobody listens. */
  let env: Record<string, string>;

  before(async function () {
    if (!isProgramBuilt()) skip(this, 'the program is not built (run `npm run build`)');
    folder = await mkdtemp(join(tmpdir(), 'crusades-test-start-'));
    nobody = await getPort({ host: '127.0.0.1' });
    occupied = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => occupied.once('listening', resolve));
    env = {
      CRUSADES_NETWORK: 'devnet',
      CRUSADES_HPARAMS: packaged('hparams/local.json'),
      CRUSADES_HOTKEY_URI: '//Bob//validator',
      CRUSADES_ENDPOINT: `ws://127.0.0.1:${nobody}`,
      CRUSADES_DATA_DIR: folder,
      DATABASE_URL: `postgres://nobody:secret@127.0.0.1:${nobody}/none`,
      TEMPORAL_ADDRESS: `127.0.0.1:${nobody}`,
    };
  });

  after(async () => {
    occupied?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  /** One refusal in words: no stack, the code last, within the time. */
  const refuses = (end: ProgramEnd, exitCode: number, code: string, words: RegExp): void => {
    const { stdout, stderr, seconds } = end;
    assert.match(stderr, new RegExp(`^\\(${code}\\)$`, 'm'), stderr);
    assert.equal(end.code, exitCode, `exit code ${end.code} after ${seconds} s`);
    assert.match(stderr, words);
    assert.doesNotMatch(stdout + stderr, /^\s+at /m, 'a stack trace');
    assert.doesNotMatch(stdout + stderr, /secret/, 'a password');
    assert.ok(seconds <= SECONDS, `it took ${seconds} s`);
  };

  const control = (change: Record<string, string>): Promise<ProgramEnd> =>
    builtProgram(['worker', 'control'], { ...env, ...change });
  const gpu = (change: Record<string, string>): Promise<ProgramEnd> =>
    builtProgram(['worker', 'gpu'], { ...env, ...change });

  it('is told by a control worker without a Temporal server', async () => {
    refuses(await control({}), 3, 'temporal_unreachable', new RegExp(`127\\.0\\.0\\.1:${nobody}`));
  });

  it('is told by a GPU worker without a Temporal server, before it measures anything', async function () {
    // Where there is no evaluator either, that is what is told.
    await endToEndStack(this);
    refuses(await gpu({}), 3, 'temporal_unreachable', new RegExp(`127\\.0\\.0\\.1:${nobody}`));
  });

  it('is told by a control worker without Postgres', async function () {
    const { env: running } = await endToEndStack(this);
    const end = await control({ TEMPORAL_ADDRESS: running['TEMPORAL_ADDRESS'] ?? '' });
    refuses(end, 3, 'ledger_unreachable', new RegExp(`ECONNREFUSED 127\\.0\\.0\\.1:${nobody}`));
  });

  it('is told by a control worker that knows of no Postgres, which then asks no other one', async () => {
    refuses(await control({ DATABASE_URL: '' }), 3, 'ledger_unreachable', /DATABASE_URL is not set/);
  });

  it('is told by a control worker without a chain', async function () {
    const { env: running } = await endToEndStack(this);
    const { TEMPORAL_ADDRESS = '', DATABASE_URL = '' } = running;
    const end = await control({ TEMPORAL_ADDRESS, DATABASE_URL });
    refuses(end, 3, 'chain_unreachable', new RegExp(`ws://127\\.0\\.0\\.1:${nobody}`));
  });

  it('is told by a control worker without a wallet', async () => {
    const end = await control({ CRUSADES_HOTKEY_URI: '', CRUSADES_WALLET_PATH: folder });
    refuses(end, 2, 'wallet_unusable', new RegExp(`${folder}/default/hotkeys/default`));
  });

  it('is told by a GPU worker without the evaluator’s environment', async () => {
    const end = await gpu({ CRUSADES_CACHE_DIR: join(folder, 'empty') });
    refuses(end, 3, 'evaluator_missing', /crusades doctor --fix/);
  });

  it('is told by a devnet whose port is taken', async () => {
    const port = portOf(occupied);
    const end = await builtProgram(['devnet', '--port', port], env);
    refuses(end, 3, 'port_taken', new RegExp(`Port ${port} is taken[^]*--port`));
  });

  it('is told by `up` whose Postgres’ port is taken', async () => {
    const port = portOf(occupied);
    const addresses = { DATABASE_URL: '', TEMPORAL_ADDRESS: '', CRUSADES_ENDPOINT: '' };
    const end = await builtProgram(['up', '--postgres-port', port], { ...env, ...addresses });
    refuses(end, 3, 'port_taken', new RegExp(`Port ${port} is taken[^]*--postgres-port`));
  });

  it('is told by `up` whose control worker cannot reach Postgres, in the worker’s words', async () => {
    const end = await builtProgram(['up', '--gpu-workers', '0'], {
      ...env,
      TEMPORAL_ADDRESS: '',
      CRUSADES_ENDPOINT: '',
    });
    assert.equal(end.code, 3, end.stderr);
    assert.match(
      end.stderr,
      new RegExp(`Postgres does not answer: connect ECONNREFUSED 127.0.0.1:${nobody}`),
    );
    assert.doesNotMatch(end.stderr, /^\s+at /m, 'a stack trace');
    assert.ok(end.seconds <= SECONDS, `it took ${end.seconds} s`);
  });

  it('is told with all ten mistakes in the settings at once', async () => {
    const hparams = JSON.parse(await readFile(packaged('hparams/local.json'), 'utf8')) as object;
    const mistakes = {
      netuid: -1,
      burn_rate: 2,
      burn_uid: 'one',
      benchmark_batch_size: 0,
      evaluation_runs: 0,
      eval_steps: 1,
      min_success_rate: null,
      reveal_blocks: 1.5,
      block_time: '1s',
      competition_versions: 1,
    };
    const file = join(folder, 'mistaken.json');
    await writeFile(file, JSON.stringify({ ...hparams, ...mistakes }));
    const end = await control({ CRUSADES_HPARAMS: file });
    refuses(end, 2, 'settings_invalid', /10 problem\(s\)/);
    for (const key of Object.keys(mistakes)) assert.match(end.stderr, new RegExp(`mistaken.json, ${key}:`));
  });

  it('ends at once when it is told to stop before it is ready', async function () {
    const { env: running } = await endToEndStack(this);
    const { TEMPORAL_ADDRESS = '' } = running;
    const end = await builtProgram(
      ['worker', 'gpu'],
      { ...env, TEMPORAL_ADDRESS, CRUSADES_LOG_LEVEL: 'trace' },
      { signalAfterSeconds: 4 },
    );
    assert.ok(end.seconds < 15, `it took ${end.seconds} s`);
    // A machine that is very busy has not come to its own handler by then.
    assert.ok(end.code === 143 || end.signal === 'SIGTERM', `exit code ${end.code}, ${end.signal}`);
  });
});

const portOf = (server: Server): string => String((server.address() as AddressInfo).port);
