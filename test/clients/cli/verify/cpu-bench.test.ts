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

/** Freezes the others, in a way that no rule of the scan knows. */
const ONLY_THE_LAST_LAYERS = `weights = list(model.parameters())[9:]
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights)):
            weight.grad = gradient`;

describe('crusades verify --run', function () {
  this.timeout(150_000);
  let folder = '';
  const at = (name: string): string => path.join(folder, name);

  before(function () {
    if (paths().evaluatorPython === null) skip(this, 'the evaluator’s environment is not provisioned');
    folder = mkdtempSync(path.join(tmpdir(), 'crusades-run-'));
    const good = readFileSync('test/honest/baseline.py', 'utf8');
    writeFileSync(at('good.py'), good);
    writeFileSync(at('frozen.py'), good.replace('loss.backward()', ONLY_THE_LAST_LAYERS));
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
    const [frozen, good, refused, tuple] = JSON.parse(stdout) as Verdict[];
    assert.equal(frozen?.findings.length, 0);
    assert.equal(frozen.run?.error?.code, 'moment_mismatch');
    assert.match(frozen.run.error.remedy, /[Tt]rain every parameter/);
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
