import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import fc from 'fast-check';

import { sharesToWeights } from '../../../lib/chain/weights.js';

interface Vector {
  readonly name: string;
  readonly shares: readonly number[];
  readonly limit: number;
  readonly uids: readonly number[];
  readonly values: readonly number[];
}

const fixture = new URL('../../fixtures/chain/weight-vectors.json', import.meta.url);
const { cases } = JSON.parse(await readFile(fixture, 'utf8')) as { cases: readonly Vector[] };

const toShares = (shares: readonly number[]) => shares.map((share, uid) => ({ uid, share }));

describe('sharesToWeights', () => {
  for (const { name, shares, limit, uids, values } of cases) {
    it(`gives the official package’s integers: ${name}`, () => {
      const weights = sharesToWeights(toShares(shares), limit);
      assert.deepEqual(
        weights,
        uids.map((uid, index) => ({ uid, value: values[index] })),
      );
    });
  }

  it('leaves a share of zero out, whatever the limit', () => {
    for (const limit of [65_535, 100]) {
      assert.deepEqual(sharesToWeights(toShares([0, 1]), limit), [{ uid: 1, value: 65_535 }]);
    }
  });

  it('gives nothing when nobody has a share', () => {
    assert.deepEqual(sharesToWeights(toShares([0, 0])), []);
    assert.deepEqual(sharesToWeights([]), []);
  });

  it('refuses what cannot be a share', () => {
    for (const share of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => sharesToWeights([{ uid: 0, share }]), RangeError);
    }
    assert.throws(() => sharesToWeights([{ uid: 70_000, share: 1 }]), RangeError);
    assert.throws(() => sharesToWeights([...toShares([1]), { uid: 0, share: 1 }]), RangeError);
  });

  it('gives u16 values, the largest of them 65,535, in the order of the uids', () => {
    const share = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(share, { maxLength: 50 }), (shares) => {
        const weights = sharesToWeights(toShares(shares));
        assert.ok(weights.every(({ value }) => Number.isInteger(value) && value > 0 && value <= 65_535));
        assert.deepEqual(
          weights,
          [...weights].sort((a, b) => a.uid - b.uid),
        );
        if (shares.some((held) => held > 0)) assert.ok(weights.some(({ value }) => value === 65_535));
      }),
    );
  });
});
