import assert from 'node:assert/strict';
import fc from 'fast-check';

import { median, targetWeights } from '../../../lib/scoring/index.js';

const circumstances = { leaderUid: 7, burnRate: 0.95, burnUid: 1, burn: false };

describe('targetWeights', () => {
  it('gives the leader what is not burnt', () => {
    assert.deepEqual(targetWeights({ ...circumstances, burnRate: 0.75 }), [
      { uid: 7, share: 0.25 },
      { uid: 1, share: 0.75 },
    ]);
  });

  it('burns everything without a registered leader', () => {
    assert.deepEqual(targetWeights({ ...circumstances, leaderUid: null }), [{ uid: 1, share: 1 }]);
  });

  it('burns everything when an operator says so', () => {
    assert.deepEqual(targetWeights({ ...circumstances, burn: true }), [{ uid: 1, share: 1 }]);
  });

  it('names each uid once when the leader is the burn uid', () => {
    assert.deepEqual(targetWeights({ ...circumstances, leaderUid: 1 }), [{ uid: 1, share: 1 }]);
  });

  it('leaves out a uid that gets nothing', () => {
    assert.deepEqual(targetWeights({ ...circumstances, burnRate: 0 }), [{ uid: 7, share: 1 }]);
    assert.deepEqual(targetWeights({ ...circumstances, burnRate: 1 }), [{ uid: 1, share: 1 }]);
  });

  it('always adds up to one', () => {
    fc.assert(
      fc.property(
        fc.option(fc.nat(255)),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(255),
        fc.boolean(),
        (leaderUid, burnRate, burnUid, burn) => {
          const shares = targetWeights({ leaderUid, burnRate, burnUid, burn });
          const sum = shares.reduce((total, { share }) => total + share, 0);
          assert.ok(Math.abs(sum - 1) < 1e-12);
          assert.equal(new Set(shares.map(({ uid }) => uid)).size, shares.length);
        },
      ),
    );
  });
});

describe('median', () => {
  it('leaves the scores in their order', () => {
    const scores = [3, 1, 2];
    median(scores);
    assert.deepEqual(scores, [3, 1, 2]);
  });

  it('sorts by value, not by spelling', () => {
    assert.equal(median([9, 10, 100]), 10);
  });

  it('is not defined for no scores', () => {
    assert.throws(() => median([]), TypeError);
  });
});
