import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { paths } from '../../../../lib/provision/index.js';
import { runProgram } from '../../../support/program.js';
import { skip } from '../../../support/skip.js';

interface Verdict {
  readonly file: string;
  readonly ok: boolean;
  readonly findings: readonly { rule: string }[];
  readonly run: {
    outcome: string;
    mfu: number | null;
    error: { code: string; remedy: string } | null;
  } | null;
}

describe('crusades verify --run', function () {
  this.timeout(150_000);
  let folder = '';
  const at = (name: string): string => path.join(folder, name);

  before(function () {
    if (paths().evaluatorPython === null) skip(this, 'the evaluator’s environment is not provisioned');
    folder = mkdtempSync(path.join(tmpdir(), 'crusades-run-'));
    const good = readFileSync('test/honest/baseline.py', 'utf8');
    writeFileSync(at('good.py'), good);
    writeFileSync(at('refused.py'), `import os\n${good}`);
    writeFileSync(at('tuple.py'), good.replace(/return InnerStepsResult(.*)$/m, 'return $1'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('runs what passes, names the contract’s part that is broken, and leaves nothing behind', async () => {
    const TMPDIR = at('tmp-of-the-program');
    mkdirSync(TMPDIR);
    const { code, stdout, stderr } = await runProgram(['verify', '--run', '--json', folder], {
      env: { TMPDIR },
    });
    assert.equal(code, 1, stderr);
    const [good, refused, tuple] = JSON.parse(stdout) as Verdict[];
    assert.equal(good?.run?.outcome, 'scored');
    assert.ok((good.run.mfu ?? 0) > 0);
    assert.equal(good.ok, true);
    assert.equal(refused?.run, null);
    assert.ok(tuple?.findings.length === 0 && !tuple.ok);
    assert.equal(tuple.run?.error?.code, 'invalid_return_type');
    assert.match(tuple.run.error.remedy, /final_logits/);
    assert.deepEqual(
      readdirSync(TMPDIR).filter((name) => name.startsWith('crusades-')),
      [],
    );
  });
});
