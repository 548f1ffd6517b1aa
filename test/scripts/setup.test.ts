import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Outcome {
  readonly code: number;
  readonly stderr: string;
  readonly seconds: number;
}

/** A small checkout of its own: the real scripts and packages, and two sources. */
describe('scripts/setup.mjs', function () {
  this.timeout(90_000);
  let root: string;

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'crusades-setup-'));
    mkdirSync(join(root, 'lib/provision'), { recursive: true });
    cpSync(join(ROOT, 'scripts'), join(root, 'scripts'), { recursive: true });
    for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) {
      cpSync(join(ROOT, file), join(root, file));
    }
    cpSync(join(ROOT, 'lib/provision/process-lock.mjs'), join(root, 'lib/provision/process-lock.mjs'));
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    writeFileSync(join(root, 'lib/one.ts'), 'export const one: number = 1;\n');
    writeFileSync(join(root, 'lib/two.ts'), 'export const two: number = 2;\n');
    writeFileSync(join(root, 'lib/data.json'), '{"kept": true}\n');
  });

  after(() => rmSync(root, { recursive: true }));

  const setUp = (env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
    new Promise((resolve) => {
      const started = Date.now();
      execFile(
        process.execPath,
        [join(root, 'scripts/setup.mjs'), '--build-only'],
        { cwd: root, env: { ...process.env, ...env }, timeout: 80_000 },
        (error, _stdout, stderr) =>
          resolve({
            code: error === null ? 0 : Number(error.code),
            stderr,
            seconds: (Date.now() - started) / 1000,
          }),
      );
    });

  const built = (path: string) => join(root, 'dist', path);

  it('says what is missing before it starts: Python', async () => {
    const { code, stderr } = await setUp({ CRUSADES_PYTHON: join(root, 'no-python') });
    assert.equal(code, 3);
    assert.match(stderr, /Python was not found.*\n.*apt install python3/);
    assert.equal(existsSync(join(root, '.crusades/setup.lock')), false);
  });

  it('builds, copies what is not TypeScript, and says how long it took', async () => {
    const { code, stderr } = await setUp();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /build … \d+\.\d s\nSet-up done \(\d+\.\d s\)\.\n$/);
    assert.match(readFileSync(built('lib/one.js'), 'utf8'), /one = 1/);
    assert.ok(existsSync(built('lib/data.json')));
  });

  it('does nothing within a second when nothing changed, and says so in one line', async () => {
    const { code, stderr, seconds } = await setUp();
    assert.equal(code, 0);
    assert.match(stderr, /^Set-up is up to date \(\d+\.\d s\)\.\n$/);
    assert.ok(seconds < 1, `${seconds} s`);
  });

  it('builds again after an edit, and removes what has no source any more', async () => {
    writeFileSync(join(root, 'lib/one.ts'), 'export const one: number = 11;\n');
    rmSync(join(root, 'lib/two.ts'));
    const { stderr } = await setUp();
    assert.match(stderr, /build/);
    assert.match(readFileSync(built('lib/one.js'), 'utf8'), /one = 11/);
    assert.equal(existsSync(built('lib/two.js')), false);
  });

  it('builds everything again when the output was deleted', async () => {
    rmSync(join(root, 'dist'), { recursive: true });
    await setUp();
    assert.ok(existsSync(built('lib/one.js')));
  });

  it('starts a build over that was interrupted', async () => {
    rmSync(built('.build-stamp'));
    rmSync(built('lib/one.js'));
    await setUp();
    assert.ok(existsSync(built('lib/one.js')));
  });

  it('lets a second set-up at once wait for the first', async () => {
    const later = new Date(Date.now() + 5_000);
    utimesSync(join(root, 'lib/one.ts'), later, later);
    const outcomes = await Promise.all([setUp(), setUp()]);
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(outcomes.filter(({ stderr }) => stderr.includes('waiting for another set-up')).length, 1);
    assert.equal(outcomes.filter(({ stderr }) => stderr.includes('build …')).length, 1);
  });

  it('tells type errors without giving up, since the checks find them', async () => {
    writeFileSync(join(root, 'lib/one.ts'), "export const one: number = 'one';\n");
    const { code, stderr } = await setUp();
    assert.equal(code, 0);
    assert.match(stderr, /type errors, the last: lib\/one\.ts\(1,14\): error TS2322/);
  });
});
