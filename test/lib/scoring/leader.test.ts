import assert from 'node:assert/strict';
import fc from 'fast-check';

import {
  decide,
  mfuToBeat,
  replayLeaderHistory,
  thresholdAt,
  type LeaderStanding,
  type RecordedScore,
  type Threshold,
  type ThresholdRules,
} from '../../../lib/scoring/index.js';

const rules: ThresholdRules = { base_threshold: 0.01, decay_percent: 0.05, decay_interval_blocks: 100 };

const leaderAt = (mfu: number, block: number, value = 0.01): LeaderStanding => ({
  submissionId: 'leader',
  mfu,
  block,
  threshold: { value, since: block, rules },
});
const challenger = (mfu: number) => ({ submissionId: 'challenger', mfu });

describe('thresholdAt', () => {
  const threshold: Threshold = { value: 0.21, since: 1000, rules };

  it('loses five percent of its excess over the base every hundred blocks', () => {
    assert.equal(thresholdAt(threshold, 1000), 0.21);
    assert.equal(thresholdAt(threshold, 1099), 0.21);
    assert.ok(Math.abs(thresholdAt(threshold, 1100) - (0.01 + 0.2 * 0.95)) < 1e-15);
    assert.ok(Math.abs(thresholdAt(threshold, 1250) - (0.01 + 0.2 * 0.95 ** 2)) < 1e-15);
  });

  it('does not grow when the chain hands out an older head', () => {
    assert.equal(thresholdAt(threshold, 900), 0.21);
  });

  it('never rises with time and never falls below the base', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.nat(1_000_000),
        fc.nat(1_000_000),
        (value, block, later) => {
          const started = { value: Math.max(rules.base_threshold, value), since: 500_000, rules };
          const now = thresholdAt(started, block);
          const then = thresholdAt(started, block + later);
          assert.ok(then <= now);
          assert.ok(then >= rules.base_threshold);
        },
      ),
    );
  });
});

describe('decide', () => {
  it('crowns the first score at the base threshold', () => {
    const { kind, leader, improvement } = decide(null, challenger(40), 7, rules);
    assert.equal(kind, 'first_leader');
    assert.equal(improvement, null);
    assert.deepEqual(leader, {
      submissionId: 'challenger',
      mfu: 40,
      block: 7,
      threshold: { value: 0.01, since: 7, rules },
    });
  });

  it('keeps the leader when the score only equals what must be beaten', () => {
    const leader = leaderAt(40, 0);
    const equal = decide(leader, challenger(mfuToBeat(leader, 0)), 0, rules);
    assert.equal(equal.kind, 'leader_stays');
    assert.equal(equal.leader, leader);
  });

  it('crowns the challenger that exceeds it, with its improvement as the new threshold', () => {
    const { kind, leader, previous, thresholdBefore } = decide(leaderAt(40, 0), challenger(50), 10, rules);
    assert.equal(kind, 'new_leader');
    assert.deepEqual(previous, { submissionId: 'leader', mfu: 40 });
    assert.equal(thresholdBefore, 0.01);
    assert.deepEqual(leader.threshold, { value: 0.25, since: 10, rules });
  });

  it('lets the threshold decay before it compares', () => {
    const leader = leaderAt(40, 0, 0.25);
    assert.equal(decide(leader, challenger(49), 0, rules).kind, 'leader_stays');
    assert.equal(decide(leader, challenger(49), 1000, rules).kind, 'new_leader');
  });

  it('starts from the base threshold when the leader had no MFU to be relative to', () => {
    const { leader, improvement } = decide(leaderAt(0, 0), challenger(40), 10, rules);
    assert.equal(improvement, null);
    assert.equal(leader.threshold.value, 0.01);
  });

  it('crowns exactly those who exceed leader * (1 + threshold)', () => {
    const mfu = fc.double({ min: 0.01, max: 90, noNaN: true });
    fc.assert(
      fc.property(
        mfu,
        mfu,
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        fc.nat(10_000),
        (a, b, value, block) => {
          const leader = leaderAt(a, 0, value);
          const { kind, leader: next } = decide(leader, challenger(b), block, rules);
          assert.equal(kind === 'new_leader', b > a * (1 + thresholdAt(leader.threshold, block)));
          assert.ok(next.mfu >= a);
        },
      ),
    );
  });

  it('makes facts that survive JSON', () => {
    const mfu = fc.double({ min: 0, max: 90, noNaN: true }).map((value) => value + 0);
    fc.assert(
      fc.property(mfu, mfu, fc.nat(10_000), (a, b, block) => {
        const transition = decide(leaderAt(Math.abs(a), 0), challenger(Math.abs(b)), block, rules);
        assert.deepEqual(JSON.parse(JSON.stringify(transition)), transition);
      }),
    );
  });
});

describe('replayLeaderHistory', () => {
  const score = (submissionId: string, mfu: number, block: number): RecordedScore => ({
    submissionId,
    mfu,
    block,
    rules,
  });

  it('keeps only the scores that changed the leader, in order', () => {
    const changes = replayLeaderHistory([
      score('a', 40, 1),
      score('b', 40.2, 2),
      score('c', 44, 3),
      score('d', 46, 4),
      score('e', 50, 5),
    ]);
    assert.deepEqual(
      changes.map(({ kind, leader }) => [kind, leader.submissionId]),
      [
        ['first_leader', 'a'],
        ['new_leader', 'c'],
        ['new_leader', 'e'],
      ],
    );
  });

  it('is the same whether scores are decided one by one or all again', () => {
    const scores = fc
      .array(fc.tuple(fc.double({ min: 1, max: 90, noNaN: true }), fc.nat(400)), { maxLength: 40 })
      .map((entries) => {
        let block = 0;
        return entries.map(([mfu, gap], index) => score(`s${index}`, mfu, (block += gap)));
      });
    fc.assert(
      fc.property(scores, (all) => {
        let leader: LeaderStanding | null = null;
        for (const { block, ...one } of all) leader = decide(leader, one, block, rules).leader;
        assert.deepEqual(replayLeaderHistory(all).at(-1)?.leader ?? null, leader);
      }),
    );
  });
});
