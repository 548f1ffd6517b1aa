import assert from 'node:assert/strict';
import type { WeightRules } from '../../../lib/chain/types.js';
import { planFrom, sameWeights, type PlanFacts } from '../../../lib/weights/index.js';

const TARGET = [
  { uid: 1, share: 0.95 },
  { uid: 4, share: 0.05 },
];
const ENTRIES = [
  { uid: 1, value: 65_535 },
  { uid: 4, value: 3_449 },
];
const RULES: WeightRules = {
  uid: 2,
  commitRevealEnabled: false,
  commitRevealVersion: 4,
  rateLimitBlocks: 100,
  lastUpdateBlock: 0,
  minAllowedWeights: 1,
  maxWeightsLimit: 65_535,
  neuronCount: 10,
  versionKey: '0',
  permit: true,
  clock: { block: 5_000, tempo: 360, revealPeriodEpochs: 1, stateful: null },
};

const plan = (facts: Partial<PlanFacts> = {}, rules: Partial<WeightRules> = {}) =>
  planFrom({
    hotkey: '5Validator',
    netuid: 3,
    rules: { ...RULES, ...rules },
    target: TARGET,
    entries: ENTRIES,
    lastConfirmed: null,
    blockSeconds: 12,
    settings: { set_weights_interval_blocks: 300 },
    ...facts,
  });
const confirmed = (block: number, target = TARGET) => ({ target, confirmedBlock: block });

describe('planFrom', () => {
  it('sends the first weights at once', () => {
    assert.equal(plan().due, 'first weights');
  });

  it('waits for the interval while the target is what the chain has', () => {
    const { due, nextInSeconds } = plan({ lastConfirmed: confirmed(4_900) });
    assert.equal(due, null);
    assert.equal(nextInSeconds, 200 * 12);
  });

  it('sends them again when the interval has passed', () => {
    assert.equal(plan({ lastConfirmed: confirmed(4_700) }).due, 'the interval has passed');
  });

  it('sends a changed target before the interval', () => {
    const before = [{ uid: 1, share: 1 }];
    assert.equal(plan({ lastConfirmed: confirmed(4_990, before) }).due, 'the target has changed');
  });

  it('holds even a changed target back until the chain’s rate limit allows it', () => {
    const before = [{ uid: 1, share: 1 }];
    const { due, nextInSeconds } = plan(
      { lastConfirmed: confirmed(4_990, before) },
      { lastUpdateBlock: 4_950 },
    );
    assert.equal(due, null);
    assert.equal(nextInSeconds, 50 * 12);
  });

  it('sends exactly when the rate limit ends', () => {
    assert.equal(plan({}, { lastUpdateBlock: 4_900 }).due, 'first weights');
    assert.equal(plan({}, { lastUpdateBlock: 4_901 }).due, null);
  });

  it('takes the timelocked route where the chain demands it', () => {
    assert.equal(plan().route, 'set_weights');
    assert.equal(plan({}, { commitRevealEnabled: true }).route, 'commit_timelocked');
  });

  for (const [what, rules] of [
    ['without a uid', { uid: null }],
    ['without a permit', { permit: false }],
    ['with fewer weights than the chain wants', { minAllowedWeights: 3 }],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => plan({}, rules), { code: 'weights_not_permitted' });
    });
  }
});

describe('sameWeights', () => {
  it('compares as the chain stores: scaled up to the largest, zeros left out', () => {
    assert.ok(
      sameWeights(ENTRIES, [
        { uid: 1, value: 19_000 },
        { uid: 4, value: 1_000 },
        { uid: 7, value: 0 },
      ]),
    );
  });

  it('tells another share, another uid and a missing one', () => {
    assert.ok(
      !sameWeights(ENTRIES, [
        { uid: 1, value: 65_535 },
        { uid: 4, value: 3_452 },
      ]),
    );
    assert.ok(
      !sameWeights(ENTRIES, [
        { uid: 1, value: 65_535 },
        { uid: 5, value: 3_449 },
      ]),
    );
    assert.ok(!sameWeights(ENTRIES, [{ uid: 1, value: 65_535 }]));
    assert.ok(!sameWeights(ENTRIES, []));
  });
});
