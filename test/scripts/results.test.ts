import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly title: string; readonly reason: string }[];
}

interface Results {
  mochaCounts(file: string, code: number | null): Counts;
  pytestCounts(file: string, code: number | null): Counts;
}

const results = (await import(pathToFileURL(join(ROOT, 'scripts/test/results.mjs')).href)) as Results;

describe('the results of npm test', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'crusades-results-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('count a mocha run without a summary as failed', () => {
    assert.deepEqual(results.mochaCounts(join(folder, 'none'), 0), { passed: 0, failed: 1, skipped: [] });
  });

  it('count a crash after the last test as one more failure', () => {
    const path = file('crash.json', '{"passed": 3, "failed": 0, "skipped": []}');
    assert.equal(results.mochaCounts(path, 0).failed, 0);
    assert.equal(results.mochaCounts(path, 7).failed, 1);
    assert.equal(results.mochaCounts(path, null).failed, 1);
  });

  it('read passed, failed and skipped tests with their reasons from pytest’s report', () => {
    const path = file(
      'pytest.xml',
      `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="5" time="0.1">
      <testcase classname="tests.a" name="one" time="0.1" /><testcase classname="tests.a" name="two" time="0.1" />
      <testcase classname="tests.a" name="gpu[&lt;1&gt;]" time="0.0"><skipped type="pytest.skip" message="needs a &quot;GPU&quot;">x</skipped></testcase>
      </testsuite></testsuites>`,
    );
    assert.deepEqual(results.pytestCounts(path, 1), {
      passed: 2,
      failed: 2,
      skipped: [{ title: 'tests.a gpu[<1>]', reason: 'needs a "GPU"' }],
    });
  });

  it('count a pytest run that found nothing to run as failed', () => {
    const path = file(
      'empty.xml',
      '<testsuites><testsuite errors="0" failures="0" skipped="0" tests="0"></testsuite></testsuites>',
    );
    assert.equal(results.pytestCounts(path, 5).failed, 1);
  });

  it('name the reason of every skipped mocha test, given in a test or in a hook', () => {
    const summary = join(folder, 'mocha.json');
    const skip = JSON.stringify(pathToFileURL(join(ROOT, 'test/support/skip.ts')).href);
    const tests = file(
      'some.test.mts',
      `import { skip } from ${skip};
      describe('outer', () => {
        it('passes', () => {});
        it('fails', () => { throw new Error('boom'); });
        it('skips itself', function () { skip(this, 'no GPU'); });
        it.skip('is forgotten', () => {});
        describe('inner', () => { before(function () { skip(this, 'no server'); }); it('a', () => {}); it('b', () => {}); });
      });`,
    );
    const { status } = spawnSync(
      process.execPath,
      [
        join(ROOT, 'node_modules/mocha/bin/mocha.js'),
        '--no-config',
        '--import=tsx',
        '--reporter',
        join(ROOT, 'scripts/mocha-reporter.mjs'),
        '--reporter-option',
        `summary=${summary}`,
        tests,
      ],
      { cwd: ROOT, timeout: 30_000 },
    );
    assert.equal(status, 1);
    assert.deepEqual(JSON.parse(readFileSync(summary, 'utf8')), {
      passed: 1,
      failed: 1,
      skipped: [
        { title: 'outer skips itself', reason: 'no GPU' },
        { title: 'outer is forgotten', reason: 'no reason given' },
        { title: 'outer inner a', reason: 'no server' },
        { title: 'outer inner b', reason: 'no server' },
      ],
    });
  }).timeout(30_000);

  it('end with the line that counts them', () => {
    const output = execFileSync(
      process.execPath,
      [join(ROOT, 'scripts/test.mjs'), '--only', join('test', 'scripts', 'fixtures', 'passing.ts')],
      { cwd: ROOT, encoding: 'utf8', timeout: 120_000 },
    );
    assert.match(output.trimEnd().split('\n').at(-1) ?? '', /^2 passed, 0 failed, 0 skipped$/);
  }).timeout(130_000);
});
