import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { CATALOGUE, definitionOf, isErrorCode } from '../../../lib/errors/index.js';
import { verdictErrors } from '../../../lib/errors/catalogue/verdicts.js';
import { paths } from '../../../lib/provision/index.js';
import { skip } from '../../support/skip.js';

interface EvaluatorCode {
  readonly code: string;
  readonly fault: string;
  readonly retryable: boolean;
  readonly final: boolean;
  readonly message: string;
  readonly remedy: string;
}

describe('the evaluator’s codes', function () {
  this.timeout(60_000);
  let codes: readonly EvaluatorCode[];

  before(function () {
    const { evaluatorPython, evaluatorSource } = paths();
    if (evaluatorPython === null) return skip(this, 'the evaluator’s environment is not provisioned');
    const text = execFileSync(evaluatorPython, ['-m', 'crusades_evaluator', 'codes', '--json'], {
      env: { ...process.env, PYTHONPATH: evaluatorSource },
      encoding: 'utf8',
      timeout: 50_000,
    });
    codes = JSON.parse(text) as EvaluatorCode[];
  });

  it('all stand in the one catalogue, with the same fault and the same consequences', () => {
    for (const { code, fault, retryable, final } of codes) {
      assert.ok(isErrorCode(code), `${code} is missing in lib/errors/catalogue`);
      const { fault: ours, retryable: again, final: end } = definitionOf(code);
      assert.deepEqual(
        { code, fault: ours, retryable: again, final: end },
        { code, fault, retryable, final },
      );
    }
  });

  it('are told in the same words', () => {
    for (const { code, message, remedy } of codes) {
      if (!(code in verdictErrors)) continue;
      const { message: ours, remedy: next } = CATALOGUE[code as keyof typeof verdictErrors];
      assert.deepEqual({ code, message: ours, remedy: next }, { code, message, remedy });
    }
  });

  it('are the only verdicts that the catalogue names', () => {
    const known = new Set(codes.map(({ code }) => code));
    assert.deepEqual(
      Object.keys(verdictErrors).filter((code) => !known.has(code)),
      [],
    );
  });
});
