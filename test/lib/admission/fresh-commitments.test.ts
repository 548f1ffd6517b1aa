import assert from 'node:assert/strict';
import { currentCommitments, freshCommitments, submissionIdOf } from '../../../lib/admission/index.js';
import type { CommitmentContent, ObservedCommitment } from '../../../lib/chain/types.js';

const SUBNET = { network: 'test', netuid: 3 };
const BEACON = { publicKey: '00', genesisSeconds: 1_692_803_367, periodSeconds: 3 };

const observed = (
  hotkey: string,
  commitBlock: number,
  content: CommitmentContent,
  commitBlockKnown = true,
): ObservedCommitment => ({ hotkey, commitBlock, commitBlockKnown, content });
const revealed = (revealBlock: number, text = 'hash:url'): CommitmentContent => ({
  kind: 'revealed',
  revealBlock,
  text,
});
const sealed = (revealRound: number): CommitmentContent => ({ kind: 'sealed', revealRound, digest: 'ab' });

/** A chain that shows these commitments, and a ledger that knows those keys. */
function world(
  commitments: readonly ObservedCommitment[],
  known: readonly string[] = [],
  commitBlock: number | null = null,
) {
  let lookUps = 0;
  return {
    lookUps: () => lookUps,
    chain: {
      commitments: async () => ({ head: { number: 50, hash: '0x' }, commitments }),
      commitBlockOf: async () => {
        lookUps += 1;
        return commitBlock;
      },
      beacon: async () => BEACON,
    },
    ledger: {
      knownReveals: async () => [] as { hotkey: string; revealBlock: number }[],
      knownCommitments: async (_subnet: unknown, keys: readonly { hotkey: string; commitBlock: number }[]) =>
        keys
          .filter(({ hotkey, commitBlock: block }) => known.includes(`${hotkey}/${block}`))
          .map((key) => ({ ...SUBNET, ...key, digest: null, kind: 'sealed' as const, workflowId: null })),
    },
  };
}

describe('freshCommitments', () => {
  it('returns what the ledger does not know, oldest commitment first', async () => {
    const { chain, ledger } = world(
      [observed('b', 20, revealed(30)), observed('a', 10, sealed(1000)), observed('c', 15, sealed(2000))],
      ['c/15'],
    );
    const { block, fresh } = await freshCommitments(chain, ledger, SUBNET);
    assert.equal(block, 50);
    assert.deepEqual(
      fresh.map(({ key }) => `${key.hotkey}/${key.commitBlock}`),
      ['a/10', 'b/20'],
    );
  });

  it('says when a sealed commitment will open, and nothing for an open one', async () => {
    const { chain, ledger } = world([observed('a', 10, sealed(1)), observed('b', 11, revealed(12))]);
    const { fresh } = await freshCommitments(chain, ledger, SUBNET);
    assert.deepEqual(
      fresh.map(({ revealAt }) => revealAt),
      [new Date(1_692_803_367_000).toISOString(), null],
    );
  });

  it('names a moment that Temporal can keep, whatever round a miner has written', async () => {
    const { chain, ledger } = world([observed('a', 10, sealed(Number.MAX_SAFE_INTEGER))]);
    const { fresh } = await freshCommitments(chain, ledger, SUBNET);
    assert.equal(fresh[0]?.revealAt, '2262-01-01T00:00:00.000Z');
  });

  it('recognises a reveal whose commitment it has seen while that was sealed', async () => {
    const { chain, ledger, lookUps } = world([observed('a', 30, revealed(30), false)], ['a/10'], 10);
    assert.deepEqual((await freshCommitments(chain, ledger, SUBNET)).fresh, []);
    assert.equal(lookUps(), 1);
  });

  it('does not double a submission whose commit block the node has forgotten', async () => {
    const forgotten = observed('a', 30, revealed(30), false);
    const { chain, ledger } = world([forgotten], [], null);
    const knowing = { ...ledger, knownReveals: async () => [{ hotkey: 'a', revealBlock: 30 }] };
    assert.deepEqual((await freshCommitments(chain, knowing, SUBNET)).fresh, []);
    const { fresh } = await freshCommitments(chain, ledger, SUBNET);
    assert.equal(fresh[0]?.key.commitBlock, 30);
  });

  it('makes one submission of a commitment whose fields are open, sealed and plain at once', async () => {
    const { chain, ledger } = world([
      observed('a', 10, sealed(1000)),
      observed('a', 10, revealed(30)),
      observed('b', 11, { kind: 'plain', text: 'x' }),
    ]);
    const { fresh } = await freshCommitments(chain, ledger, SUBNET);
    assert.deepEqual(
      fresh.map(({ key, content }) => [key.hotkey, key.commitBlock, content.kind]),
      [
        ['a', 10, 'revealed'],
        ['b', 11, 'plain'],
      ],
    );
  });

  it('asks the chain for nothing more when nothing is new', async () => {
    const { chain, ledger } = world([observed('a', 10, sealed(1000))], ['a/10']);
    const beacon = async () => assert.fail('asked');
    assert.deepEqual((await freshCommitments({ ...chain, beacon }, ledger, SUBNET)).fresh, []);
  });

  it('asks for no commit block of reveals that are known', async () => {
    const { chain, ledger, lookUps } = world([observed('a', 30, revealed(30), false)], ['a/30'], 10);
    await freshCommitments(chain, ledger, SUBNET);
    assert.equal(lookUps(), 0);
  });

  it('returns at most 200 at once', async () => {
    const many = Array.from({ length: 500 }, (_, index) => observed(`m${index}`, index, revealed(600)));
    const { chain, ledger } = world(many);
    assert.equal((await freshCommitments(chain, ledger, SUBNET)).fresh.length, 200);
  });
});

describe('currentCommitments', () => {
  it('keeps the newest reveal of a hotkey, and whatever still waits', () => {
    const kept = currentCommitments([
      observed('a', 1, revealed(5)),
      observed('a', 6, revealed(9)),
      observed('a', 11, sealed(1000)),
    ]);
    assert.deepEqual(
      kept.map(({ commitBlock }) => commitBlock),
      [11, 6],
    );
  });

  it('keeps the earlier entry of two reveals in one block', () => {
    const kept = currentCommitments([
      observed('a', 1, revealed(5, 'first')),
      observed('a', 2, revealed(5, 'second')),
    ]);
    assert.deepEqual(
      kept.map(({ commitBlock }) => commitBlock),
      [1],
    );
  });
});

describe('submissionIdOf', () => {
  it('is 12 hex digits that depend on chain, subnet, hotkey and block', () => {
    const key = { ...SUBNET, hotkey: 'a', commitBlock: 1 };
    const id = submissionIdOf(key);
    assert.match(id, /^[0-9a-f]{12}$/);
    assert.equal(submissionIdOf({ ...key }), id);
    for (const other of [{ network: 'x' }, { netuid: 4 }, { hotkey: 'b' }, { commitBlock: 2 }]) {
      assert.notEqual(submissionIdOf({ ...key, ...other }), id);
    }
  });
});
