import assert from 'node:assert/strict';
import { chooseAttempt } from '../../../../clients/cli/replay/choose.js';
import { CrusadesError } from '../../../../lib/errors/index.js';
import type { RecordedAttempt } from '../../../../lib/store/index.js';
import { recordedAttempt } from '../../../support/submission-records.js';

const attempt = (number: number, outcome: string, change: Partial<RecordedAttempt> = {}) =>
  recordedAttempt({ number, outcome, ...change });

const choose = (attempts: readonly RecordedAttempt[], wanted: Parameters<typeof chooseAttempt>[1] = {}) => {
  const { evaluation, number } = chooseAttempt({ submissionId: '0123456789ab', attempts }, wanted);
  return `${evaluation}/${number}`;
};

const refuses = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof CrusadesError);
  assert.equal(error.code, code);
  assert.match(error.message, words);
  return true;
};

describe('the attempt that is run again', () => {
  const failed = attempt(2, 'moment_mismatch');
  const early = attempt(1, 'contestant_crashed', { seed: null });

  it('is the first that failed after its seed was drawn', () => {
    assert.equal(choose([early, failed, attempt(3, 'timeout'), attempt(4, 'scored')]), '1/2');
  });

  it('is the last where none failed so', () => {
    assert.equal(choose([early, attempt(2, 'scored'), attempt(3, 'scored')]), '1/3');
  });

  it('is of the last evaluation that has it, unless another one is named', () => {
    const again = [attempt(1, 'scored', { evaluation: 2 }), attempt(2, 'scored', { evaluation: 2 })];
    const all = [attempt(1, 'timeout'), failed, attempt(3, 'scored'), ...again];
    assert.equal(choose(all), '2/2');
    assert.equal(choose(all, { attempt: 1 }), '2/1');
    assert.equal(choose(all, { attempt: 3 }), '1/3');
    assert.equal(choose(all, { evaluation: 1 }), '1/1');
  });

  it('must be there: otherwise those that are, are named', () => {
    assert.throws(() => choose([]), refuses('attempt_unknown', /without any attempt/));
    assert.throws(() => choose([failed], { attempt: 7 }), refuses('attempt_unknown', /it has 2\.$/));
    const two = [failed, attempt(1, 'scored', { evaluation: 2 })];
    assert.throws(
      () => choose(two, { evaluation: 3 }),
      refuses('attempt_unknown', /it has 2 of evaluation 1 and 1 of evaluation 2/),
    );
  });

  it('must have a seed', () => {
    const syntax = attempt(1, 'syntax_error', { seed: null });
    assert.throws(() => choose([syntax]), refuses('attempt_without_seed', /syntax_error before its seed/));
    assert.throws(
      () => choose([early, failed], { attempt: 1 }),
      refuses('attempt_without_seed', /Attempt 1/),
    );
  });
});
