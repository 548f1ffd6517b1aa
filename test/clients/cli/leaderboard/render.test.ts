import assert from 'node:assert/strict';
import { renderLeaderboard } from '../../../../clients/cli/leaderboard/render.js';
import { renderChain, renderHistory } from '../../../../clients/cli/operate/weights.js';
import { PLAIN } from '../../../../clients/cli/output/style.js';
import { estimatedBlock } from '../../../../clients/queries/chain-block.js';
import type { Leaderboard } from '../../../../lib/store/index.js';

const HOTKEY = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const rules = { base_threshold: 0.01, decay_percent: 0.05, decay_interval_blocks: 100 };

const board = (leads: boolean): Leaderboard => ({
  competition: { network: 'finney', netuid: 3, competitionVersion: 2 },
  standing: {
    leader: leads
      ? {
          submissionId: '0123456789ab',
          mfu: 34.59,
          block: 100,
          threshold: { value: 0.05, since: 100, rules },
          hotkey: HOTKEY,
          uid: 4,
        }
      : null,
    threshold: leads ? 0.045 : 0.01,
    mfuToBeat: leads ? 36.147 : 0,
    block: 150,
  },
  entries: leads
    ? [
        {
          ...{ rank: 1, hotkey: HOTKEY, uid: 4, submissionId: '0123456789ab', mfu: 34.59, block: 100 },
          ...{ at: '2026-11-23T02:12:37.000Z', leads: true },
        },
      ]
    : [],
});

describe('the leaderboard', () => {
  it('says who leads, the threshold at which block, and the MFU to beat', () => {
    const text = renderLeaderboard(board(true), { block: 150, source: 'chain' }, PLAIN);
    assert.match(text, new RegExp(`leader +${HOTKEY} with 34\\.59 %`));
    assert.match(text, /threshold +4\.50 % at block 150/);
    assert.match(text, /MFU to beat +36\.15 %/);
    assert.match(text, new RegExp(`1 +34\\.59 % +4 +${HOTKEY} +0123456789ab +2026-11-23 02:12:37 +leads`));
  });

  it('says that any score leads before the first', () => {
    const text = renderLeaderboard(board(false), { block: 150, source: 'chain' }, PLAIN);
    assert.match(text, /leader +none yet/);
    assert.doesNotMatch(text, /threshold/);
  });

  it('admits that the block is an estimate', () => {
    const text = renderLeaderboard(board(true), { block: 150, source: 'estimate' }, PLAIN);
    assert.match(text, /about block 150 \(estimated/);
  });
});

describe('the block of a chain that does not answer', () => {
  it('is that of the newest commitment and the blocks since', () => {
    const last = { commitBlock: 100, createdAt: '2026-11-23T02:00:00.000Z' };
    const now = Date.parse('2026-11-23T02:02:01.000Z');
    assert.deepEqual(estimatedBlock(last, 12, now), { block: 110, source: 'estimate' });
    assert.equal(estimatedBlock(last, 12, now - 600_000).block, 100);
    assert.equal(estimatedBlock(undefined, 12, now).block, 0);
  });
});

describe('weights show', () => {
  it('has a line for each try, with what came of it', () => {
    const text = renderHistory(
      [
        {
          ...{ network: 'finney', netuid: 3, hotkey: HOTKEY, decidedBlock: 102, attempt: 1 },
          target: [
            { uid: 4, share: 0.05 },
            { uid: 1, share: 0.95 },
          ],
          ...{ reason: 'first weights', route: 'set_weights', outcome: 'confirmed', txHash: null },
          ...{ block: 103, confirmedBlock: 103, error: null, at: '2026-11-23T02:13:20.000Z' },
        },
      ],
      PLAIN,
    );
    assert.match(
      text,
      /block 102 +2026-11-23 02:13:20 +1 +uid 4 5\.00 %, uid 1 95\.00 % +set_weights +first weights +confirmed at block 103/,
    );
  });

  it('has what the chain holds, and what waits to be revealed', () => {
    const text = renderChain(
      {
        ...{ block: 118, hotkey: HOTKEY, uid: null, lastUpdateBlock: 0, weights: [] },
        pendingCommits: [{ block: 110, revealRound: 5 }],
      },
      PLAIN,
    );
    assert.match(text, /not registered/);
    assert.match(text, /weights +none/);
    assert.match(text, /last update +never/);
    assert.match(text, /commit of block 110, opens with round 5/);
  });
});
