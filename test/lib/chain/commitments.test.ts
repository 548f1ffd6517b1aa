import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import fc from 'fast-check';

import { commitmentsOfHotkey, type CommitmentState } from '../../../lib/chain/commitments.js';

const hex = (text: string): string => `0x${Buffer.from(text).toString('hex')}`;
const scale = (text: string): string =>
  `0x${Buffer.from([text.length << 2, ...Buffer.from(text)]).toString('hex')}`;
const registration = (block: number, ...fields: unknown[]) => ({ deposit: 0, block, info: { fields } });

const read = (state: Partial<CommitmentState>) =>
  commitmentsOfHotkey({ hotkey: '5A', pending: null, revealed: null, lastCommitment: null, ...state });

const contentOf = (...fields: unknown[]) => read({ pending: registration(7, ...fields) })[0]?.content;

describe('the commitments of a hotkey', () => {
  it('are none where the chain holds nothing', () => assert.deepEqual(read({}), []));

  it('name the round and the digest of what is sealed', () => {
    const sealed = { timelockEncrypted: { encrypted: '0x0102', revealRound: 9 } };
    assert.deepEqual(read({ pending: registration(7, sealed) }), [
      {
        hotkey: '5A',
        commitBlock: 7,
        commitBlockKnown: true,
        content: {
          kind: 'sealed',
          revealRound: 9,
          digest: createHash('sha256')
            .update(Buffer.from([1, 2]))
            .digest('hex'),
        },
      },
    ]);
  });

  it('keep a round that no beacon will ever reach', () => {
    const content = contentOf({ timelockEncrypted: { encrypted: '0x', revealRound: '0xffffffffffffffff' } });
    assert.ok(content?.kind === 'sealed' && content.revealRound > 1e19);
  });

  it('read a plain text at once, and nothing from hashes, several fields or bytes that are no text', () => {
    assert.deepEqual(contentOf({ raw3: hex('abc') }), { kind: 'plain', text: 'abc' });
    assert.deepEqual(contentOf({ bigRaw: hex('abc') }), { kind: 'plain', text: 'abc' });
    for (const fields of [
      [{ sha256: `0x${'00'.repeat(32)}` }],
      [{ raw1: hex('a') }, { raw1: hex('b') }],
      [{ raw2: '0xfffe' }],
      [{ resetBondsFlag: null }],
      ['None'],
      [],
    ]) {
      assert.deepEqual(contentOf(...fields), { kind: 'plain', text: null });
    }
  });

  it('count what still waits before what has failed', () => {
    const failed = { timelockRevealFailed: { encrypted: '0x01', revealRound: 5 } };
    const waits = { timelockEncrypted: { encrypted: '0x02', revealRound: 6 } };
    assert.deepEqual(contentOf(failed), { kind: 'failed', revealRound: 5 });
    assert.equal(contentOf(failed, waits)?.kind, 'sealed');
  });

  it('read revealed texts in both layouts that are on chain', () => {
    const revealed = [
      [scale('abc'), 10],
      [hex('abc'), 11],
      ['0xfffe', 12],
    ];
    assert.deepEqual(
      read({ revealed }).map(({ content }) => content.kind === 'revealed' && content.text),
      ['abc', 'abc', null],
    );
  });

  it('give the newest reveal the last commitment’s block when nothing is pending', () => {
    const revealed = [
      [hex('old'), 10],
      [hex('new'), 20],
    ];
    assert.deepEqual(
      read({ revealed, lastCommitment: 15 }).map(({ commitBlock, commitBlockKnown }) => [
        commitBlock,
        commitBlockKnown,
      ]),
      [
        [10, false],
        [15, true],
      ],
    );
  });

  it('keep the order of two reveals in one block, which come from one commitment', () => {
    const revealed = [
      [hex('first'), 20],
      [hex('second'), 20],
    ];
    const found = read({ revealed, lastCommitment: 15 });
    assert.deepEqual(
      found.map(({ content }) => content.kind === 'revealed' && content.text),
      ['first', 'second'],
    );
    assert.ok(found.every(({ commitBlock, commitBlockKnown }) => commitBlock === 15 && commitBlockKnown));
  });

  it('tell whose a reveal is although another field of the commitment is still pending', () => {
    const rest = registration(
      15,
      { raw1: hex('x') },
      { timelockEncrypted: { encrypted: '0x', revealRound: 9 } },
    );
    const found = read({ revealed: [[hex('open'), 20]], pending: rest, lastCommitment: 15 });
    assert.deepEqual(
      found.map(({ commitBlock, commitBlockKnown, content }) => [
        commitBlock,
        commitBlockKnown,
        content.kind,
      ]),
      [
        [15, true, 'sealed'],
        [15, true, 'revealed'],
      ],
    );
  });

  for (const [why, state] of Object.entries<Partial<CommitmentState>>({
    'something newer is pending': { lastCommitment: 25, pending: registration(25, { raw1: hex('x') }) },
    'the last commitment is younger than the reveal': { lastCommitment: 25 },
    'the last commitment was made in the block of the reveal, which opens first': { lastCommitment: 20 },
    'no last commitment is known': { lastCommitment: null },
  })) {
    it(`leave the commit block of a reveal open when ${why}`, () => {
      const found = read({ revealed: [[hex('x'), 20]], ...state }).at(-1);
      assert.deepEqual([found?.commitBlock, found?.commitBlockKnown], [20, false]);
    });
  }

  it('come out of any JSON without a crash', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (pending, field) => {
        // Numbers of the chain are numbers or hex; other text cannot come out of its types.
        contentOf(field);
        assert.ok(Array.isArray(read({ pending })));
      }),
    );
  });
});
