import assert from 'node:assert/strict';
import { awaitReveal, revealStateOf } from '../../../lib/admission/index.js';
import type { CommitmentContent, ObservedCommitment, StoredPulse } from '../../../lib/chain/types.js';
import {
  encodeCommitmentText,
  encryptToRound,
  generateBeaconKey,
  signRound,
  timeOfRound,
  type PulseSource,
} from '../../../lib/timelock/index.js';

const seen = (commitBlock: number, content: CommitmentContent, known = true): ObservedCommitment => ({
  hotkey: 'a',
  commitBlock,
  commitBlockKnown: known,
  content,
});
const sealed: CommitmentContent = { kind: 'sealed', revealRound: 9, digest: 'ab' };
const revealedAt = (revealBlock: number, text: string | null = 'text'): CommitmentContent => ({
  kind: 'revealed',
  revealBlock,
  text,
});

describe('revealStateOf', () => {
  it('is sealed while its ciphertext waits', () => {
    assert.deepEqual(revealStateOf(10, [seen(10, sealed)]), { state: 'sealed' });
  });

  it('is revealed with its own text, also when a newer commitment waits', () => {
    const state = revealStateOf(10, [seen(10, revealedAt(20)), seen(25, sealed)]);
    assert.deepEqual(state, { state: 'revealed', text: 'text', revealBlock: 20 });
  });

  it('is superseded when only newer commitments are left', () => {
    assert.deepEqual(revealStateOf(10, [seen(14, sealed)]), { state: 'superseded', block: 14 });
    assert.deepEqual(revealStateOf(10, [seen(14, revealedAt(20))]), { state: 'superseded', block: 14 });
  });

  it('takes the first reveal after it for its own when the chain has forgotten whose it is', () => {
    const state = revealStateOf(10, [seen(20, revealedAt(20), false), seen(40, revealedAt(40), false)]);
    assert.deepEqual(state, { state: 'revealed', text: 'text', revealBlock: 20 });
  });

  it('does not take an older reveal for its own', () => {
    assert.deepEqual(revealStateOf(10, [seen(5, revealedAt(9))]), { state: 'gone' });
  });

  it('is undecryptable when the chain says so', () => {
    const failed = [seen(10, { kind: 'failed', revealRound: 9 })];
    assert.deepEqual(revealStateOf(10, failed), { state: 'undecryptable' });
  });

  it('counts what was opened of several fields, not what is left beside it', () => {
    const rest = [
      seen(10, { kind: 'plain', text: 'plain' }),
      seen(10, revealedAt(20, 'first')),
      seen(10, revealedAt(20, 'second')),
      seen(10, revealedAt(25, 'third')),
    ];
    const first = { state: 'revealed', text: 'first', revealBlock: 20 };
    assert.deepEqual(revealStateOf(10, rest), first);
    assert.deepEqual(revealStateOf(10, [seen(10, sealed), ...rest]), first);
  });

  it('is gone when the chain shows nothing of it any more', () => {
    assert.deepEqual(revealStateOf(10, []), { state: 'gone' });
  });
});

describe('awaitReveal', () => {
  const key = generateBeaconKey(new Uint8Array([1]));
  const BEACON = {
    publicKey: Buffer.from(key.publicKey).toString('hex'),
    genesisSeconds: 1692803367,
    periodSeconds: 3,
  };
  const commitment = {
    submissionId: 's',
    key: { network: 'test', netuid: 3, hotkey: 'a', commitBlock: 10 },
    content: sealed,
    revealAt: null,
  };
  /** A chain that shows one state after the other, the last one for ever. */
  const chainShowing = (...states: ObservedCommitment[][]) => ({
    commitmentsOf: async () => ({
      head: { number: 1, hash: '0x' },
      commitments: (states.length > 1 ? states.shift() : states[0]) ?? [],
    }),
    commitBlockOf: async () => null,
    uidOf: async (): Promise<number | null> => null,
    blockTimeSeconds: async () => 12,
    sealedBytes: async (): Promise<Uint8Array | null> => null,
    beacon: async () => BEACON,
    pulse: async (): Promise<StoredPulse | null> => null,
  });
  const patience = (seconds: number) => ({ sleep: async () => undefined, patienceSeconds: seconds });

  it('looks again until the chain has opened it', async () => {
    const chain = chainShowing([seen(10, sealed)], [seen(10, sealed)], [seen(10, revealedAt(20))]);
    assert.deepEqual(await awaitReveal(chain, commitment, patience(60)), { text: 'text', revealBlock: 20 });
  });

  it('gives up for now with the time of a block, when its patience ends', async () => {
    await assert.rejects(awaitReveal(chainShowing([seen(10, sealed)]), commitment, patience(0)), {
      code: 'reveal_pending',
      details: { round: 9, retryAfterSeconds: 12 },
    });
  });

  it('refuses bytes that are no text', async () => {
    await assert.rejects(
      awaitReveal(chainShowing([seen(10, revealedAt(20, null))]), commitment, patience(1)),
      {
        code: 'commitment_malformed',
      },
    );
  });

  it('names the block of the commitment that replaced it', async () => {
    await assert.rejects(awaitReveal(chainShowing([seen(14, sealed)]), commitment, patience(1)), {
      code: 'commitment_superseded',
      details: { block: 14 },
    });
  });

  it('tells a commitment that went with its neuron from one that the chain could not open', async () => {
    const unregistered = chainShowing([]);
    await assert.rejects(awaitReveal(unregistered, commitment, patience(1)), {
      code: 'hotkey_not_registered',
    });
    const registered = { ...unregistered, uidOf: async () => 4 };
    await assert.rejects(awaitReveal(registered, commitment, patience(1)), {
      code: 'commitment_undecryptable',
    });
  });

  describe('when the chain leaves a commitment sealed', () => {
    const ROUND = 9;
    const pulse = (round = ROUND) => ({ round, signature: signRound(key.secret, round) });
    const ciphertext = encryptToRound(encodeCommitmentText('hash:url'), ROUND, key.publicKey);
    const leaving = (bytes: Uint8Array | null = ciphertext) => ({
      ...chainShowing([seen(10, sealed)]),
      sealedBytes: async () => bytes,
    });
    const source = (answer: PulseSource['pulse']): PulseSource => ({ name: 'beacon', pulse: answer });
    const afterRound = (seconds: number, ...sources: PulseSource[]) => ({
      ...patience(0),
      opening: { sources, now: () => timeOfRound(ROUND) + seconds },
    });

    it('waits while it is the chain’s turn, ten minutes from the round', async () => {
      const waiting = afterRound(
        599,
        source(async () => pulse()),
      );
      await assert.rejects(awaitReveal(leaving(), commitment, waiting), { code: 'reveal_pending' });
    });

    it('opens it with the pulse of another source', async () => {
      const waiting = afterRound(
        600,
        source(async () => pulse()),
      );
      assert.deepEqual(await awaitReveal(leaving(), commitment, waiting), {
        text: 'hash:url',
        revealBlock: null,
      });
    });

    it('opens it with the chain’s own pulse, without asking anybody else', async () => {
      const chain = { ...leaving(), pulse: async () => pulse() };
      const waiting = afterRound(
        600,
        source(async () => assert.fail('asked')),
      );
      assert.equal((await awaitReveal(chain, commitment, waiting)).text, 'hash:url');
    });

    it('opens nothing with a pulse that the beacon has not signed', async () => {
      const waiting = afterRound(
        600,
        source(async () => ({ ...pulse(8), round: ROUND })),
      );
      await assert.rejects(awaitReveal(leaving(), commitment, waiting), {
        code: 'pulse_invalid',
        details: { round: ROUND, source: 'beacon' },
      });
    });

    it('goes on waiting while nobody has the pulse, and when the ciphertext has been replaced', async () => {
      const nobody = afterRound(
        600,
        source(async () => null),
      );
      await assert.rejects(awaitReveal(leaving(), commitment, nobody), { code: 'reveal_pending' });
      const waiting = afterRound(
        600,
        source(async () => pulse()),
      );
      await assert.rejects(awaitReveal(leaving(null), commitment, waiting), { code: 'reveal_pending' });
    });

    it('says that it cannot be opened where the genuine pulse does not fit', async () => {
      const other = encryptToRound(encodeCommitmentText('x'), ROUND + 1, key.publicKey);
      const waiting = afterRound(
        600,
        source(async () => pulse()),
      );
      await assert.rejects(awaitReveal(leaving(other), commitment, waiting), {
        code: 'commitment_undecryptable',
      });
    });
  });
});
