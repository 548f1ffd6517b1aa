import assert from 'node:assert/strict';
import fc from 'fast-check';

import { compareAttempts, noiseOf, type ComparedAttempt } from '../../../lib/scoring/index.js';

const moment = (value: number | null) => ({ name: 'moment', value, low: null, high: 0.06 });
const rowMin = (value: number | null) => ({ name: 'row_min', value, low: 0.9, high: null });

const attempt = (change: Partial<ComparedAttempt> = {}): ComparedAttempt => ({
  outcome: 'moment_mismatch',
  mfu: null,
  seconds: 1.5,
  finalLoss: 7.5,
  statistics: [moment(0.3), rowMin(0.98)],
  environment: { name: 'NVIDIA H100', driver: '570.1', torch: '2.11.0', transformers: '5.0.0' },
  ...change,
});

const withDigests = (weights: string, tokens: string) =>
  attempt({ environment: { weights_digest: weights, tokens_digest: tokens } });

describe('noiseOf', () => {
  const close = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-12);

  it('is a twentieth of the way from the honest value to the limit, and half of it for extreme coefficients', () => {
    close(noiseOf(moment(0)), 0.003);
    close(noiseOf(rowMin(1)), 0.05);
    close(noiseOf({ name: 'update_max', low: null, high: 1.02 }), 0.01);
  });

  it('grows with what was measured beyond the limit', () => {
    close(noiseOf(moment(0), 0.3, 0.29), 0.015);
    close(noiseOf(rowMin(1), 0.6, 0.7), 0.2);
    close(noiseOf(moment(0), 0.01, null), 0.003);
  });

  it('goes by the nearer of two limits, and is never below a millionth', () => {
    close(noiseOf({ name: 'x_max', low: 0.9, high: 1.02 }), 0.01);
    assert.equal(noiseOf({ name: 'moment', low: null, high: 2e-6 }), 1e-6);
    assert.equal(noiseOf({ name: 'row_min', low: 1, high: null }), 1e-6);
    assert.equal(noiseOf({ name: 'moment', low: null, high: null }), 1e-6);
  });
});

describe('compareAttempts', () => {
  const number = fc.option(fc.double({ noNaN: true, min: -10, max: 10 }), { nil: null });
  const statistic = fc.record({
    name: fc.constantFrom('moment', 'row_min', 'row_max', 'logits', 'update_min'),
    value: number,
    low: number,
    high: number,
  });
  const anyAttempt: fc.Arbitrary<ComparedAttempt> = fc.record({
    outcome: fc.constantFrom('scored', 'moment_mismatch', 'timeout'),
    mfu: number,
    seconds: number,
    finalLoss: number,
    statistics: fc.uniqueArray(statistic, { selector: ({ name }) => name }),
    environment: fc.dictionary(fc.constantFrom('torch', 'weights_digest', 'driver'), fc.string()),
  });

  it('finds whatever attempt the same as itself', () => {
    fc.assert(fc.property(anyAttempt, (one) => compareAttempts(one, one).same));
  });

  it('finds the same differences whichever of two attempts is the record', () => {
    fc.assert(
      fc.property(anyAttempt, anyAttempt, (one, other) => {
        const differences = (a: ComparedAttempt, b: ComparedAttempt) =>
          compareAttempts(
            { ...a, statistics: a.statistics.map((each) => ({ ...each, low: null, high: 1 })) },
            { ...b, statistics: b.statistics.map((each) => ({ ...each, low: null, high: 1 })) },
          )
            .statistics.filter(({ result }) => result === 'differs')
            .map(({ name }) => name)
            .sort();
        assert.deepEqual(differences(one, other), differences(other, one));
      }),
    );
  });

  it('tells a change beyond the noise from one within it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (share, beyond) => {
        const value = 0.05 + (beyond ? 0.003 * (1.1 + share) : 0.003 * share * 0.99);
        const [recorded, replayed] = [0.05, value].map((each) =>
          attempt({ statistics: [moment(each), rowMin(0.98)] }),
        );
        assert.ok(recorded && replayed);
        return compareAttempts(recorded, replayed).same !== beyond;
      }),
    );
  });

  it('differs when only the verdict does', () => {
    const compared = compareAttempts(attempt(), attempt({ outcome: 'scored' }));
    assert.deepEqual([compared.same, compared.verdict.differs], [false, true]);
    assert.ok(compared.statistics.every(({ result }) => result === 'same'));
  });

  it('differs when weights or tokens were others, and not when a side does not tell', () => {
    const recorded = withDigests('aa', 'bb');
    assert.equal(compareAttempts(recorded, withDigests('aa', 'cc')).same, false);
    assert.equal(compareAttempts(recorded, withDigests('aa', 'bb')).same, true);
    const untold = compareAttempts(attempt({ environment: {} }), recorded);
    assert.equal(untold.same, true);
    assert.deepEqual(
      untold.inputs.map(({ recorded: before, replayed }) => [before, replayed]),
      [
        [null, 'aa'],
        [null, 'bb'],
      ],
    );
  });

  it('names other versions without taking them for a difference', () => {
    const now = attempt({ environment: { ...attempt().environment, torch: '2.12.0', driver: '580.2' } });
    const compared = compareAttempts(attempt(), now);
    assert.equal(compared.same, true);
    assert.deepEqual(
      compared.versions.filter(({ differs }) => differs).map(({ name }) => name),
      ['driver', 'torch'],
    );
  });

  it('does not call the same what was not measured again, but lets an evaluator measure more', () => {
    const less = compareAttempts(attempt(), attempt({ statistics: [moment(0.3)] }));
    assert.deepEqual(
      [less.same, less.statistics.map(({ result }) => result)],
      [false, ['same', 'only_recorded']],
    );
    const more = compareAttempts(attempt({ statistics: [moment(0.3)] }), attempt());
    assert.deepEqual(
      [more.same, more.statistics.map(({ result }) => result)],
      [true, ['same', 'only_replayed']],
    );
  });

  it('takes what is not finite for the same only as what is not finite either', () => {
    const broken = attempt({ statistics: [moment(null)] });
    assert.equal(compareAttempts(broken, broken).same, true);
    assert.equal(compareAttempts(broken, attempt({ statistics: [moment(0.3)] })).same, false);
  });
});
