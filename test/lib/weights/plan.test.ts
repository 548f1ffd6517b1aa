import assert from 'node:assert/strict';
import type { WeightRules } from '../../../lib/chain/types.js';
import { planFrom, sameWeights, type PlanFacts } from '../../../lib/weights/index.js';
import { RULES } from './rules.js';

const TARGET = [
  { uid: 1, share: 0.95 },
  { uid: 4, share: 0.05 },
];
const ENTRIES = [
  { uid: 1, value: 65_535 },
  { uid: 4, value: 3_449 },
];
const plan = (facts: Partial<PlanFacts> = {}, rules: Partial<WeightRules> = {}) =>
  planFrom({
    hotkey: '5Validator',
    netuid: 3,
    rules: { ...RULES, ...rules },
    target: TARGET,
    entries: ENTRIES,
    recipients: [],
    shown: { entries: facts.lastConfirmed ? ENTRIES : [], waiting: 0 },
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

  it('sends again what the chain has lost: a reveal that failed in silence', () => {
    const shown = { entries: [{ uid: 1, value: 65_535 }], waiting: 0 };
    const before = plan({ lastConfirmed: confirmed(4_950), shown });
    assert.equal(before.due, 'the chain shows other weights');
    assert.equal(plan({ lastConfirmed: confirmed(4_950), shown: { ...shown, waiting: 1 } }).due, null);
  });

  it('does not send anew what the chain shows already although the ledger knows of nothing', () => {
    const shown = { entries: ENTRIES, waiting: 0 };
    const { due, nextInSeconds } = plan({ shown }, { lastUpdateBlock: 4_900 });
    assert.equal(due, null);
    assert.equal(nextInSeconds, 200 * 12);
    assert.equal(plan({ shown }, { lastUpdateBlock: 4_700 }).due, 'the interval has passed');
  });

  it('counts the interval from the chain’s own last update where that is later', () => {
    assert.equal(plan({ lastConfirmed: confirmed(4_700) }, { lastUpdateBlock: 4_800 }).due, null);
  });

  it('takes the timelocked route where the chain demands it', () => {
    assert.equal(plan().route, 'set_weights');
    assert.equal(plan({}, { commitRevealEnabled: true }).route, 'commit_timelocked');
  });

  for (const [what, rules] of [
    ['without a uid', { uid: null }],
    ['without a permit', { permit: false }],
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
