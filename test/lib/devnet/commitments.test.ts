import assert from 'node:assert/strict';
import { QUICKNET, encryptToRound, userDataEnvelope } from '../../../lib/timelock/index.js';
import { VECTORS } from '../../fixtures/timelock/vectors.js';
import {
  ALICE,
  commitmentOf,
  connect,
  eventsOf,
  NETUID,
  now,
  OWNER_HOTKEY,
  passRound,
  query,
  revealedBy,
  sealedCommitment,
  submit,
  tx,
  VALIDATOR,
  type Connected,
} from './connected.js';

const eventNames = async (chain: Connected): Promise<string[]> =>
  (await eventsOf(chain.api)).map(({ event }) => `${event.section}.${event.method}`);

describe('commitments on a devnet', () => {
  let chain: Connected;
  before(async () => {
    chain = await connect({ genesis: { tempo: 5000 } });
    await chain.devnet.advance();
  });
  after(() => chain.close());

  it('opens a timelocked one when its round has come, and not before', async () => {
    const verdict = await submit(chain, sealedCommitment(chain, 'abc', now() + 10), VALIDATOR);
    assert.equal(verdict.outcome, 'ok');
    assert.ok(verdict.events.includes('commitments.TimelockCommitment'));
    await chain.devnet.advance(2);
    assert.deepEqual(await revealedBy(chain.api, VALIDATOR.address), []);

    await passRound(chain, 31);
    assert.deepEqual(await revealedBy(chain.api, VALIDATOR.address), ['0x0c616263']);
    assert.ok((await eventNames(chain)).includes('commitments.CommitmentRevealed'));
    assert.ok((await query(chain.api, 'commitments', 'commitmentOf', NETUID, VALIDATOR.address)).isEmpty);
  });

  it('never opens one that another replaced before its round', async () => {
    const round = now() + 60;
    await submit(chain, sealedCommitment(chain, 'first', round), OWNER_HOTKEY);
    await submit(chain, sealedCommitment(chain, 'second', round + 1), OWNER_HOTKEY);
    await passRound(chain, 200);
    assert.deepEqual(await revealedBy(chain.api, OWNER_HOTKEY.address), ['0x187365636f6e64']);
  });

  it('opens what the official package sealed to a preloaded quicknet round, in the next block', async () => {
    const vector = VECTORS.ciphertexts.find(({ name }) => name === 'SCALE String, Crusades commitment');
    assert.ok(vector);
    await submit(chain, commitmentOf(chain.api, Buffer.from(vector.inner, 'hex'), 1000), OWNER_HOTKEY);
    await chain.devnet.advance();
    assert.equal((await revealedBy(chain.api, OWNER_HOTKEY.address)).at(-1), `0x${vector.plaintext}`);
  });

  it('opens the fields of one commitment each in its round, and keeps the others waiting', async () => {
    const key = Buffer.from(chain.devnet.beaconPublicKey, 'hex');
    const round = now() + 2000;
    const sealed = (text: string, at: number) => ({
      TimelockEncrypted: {
        encrypted: `0x${Buffer.from(encryptToRound(Buffer.from(text), at, key)).toString('hex')}`,
        revealRound: at,
      },
    });
    const quicknet = Buffer.from(QUICKNET.publicKey, 'hex');
    const known = encryptToRound(Buffer.from('now'), 1000, quicknet);
    const fields = [
      sealed('later', round),
      { TimelockEncrypted: { encrypted: `0x${Buffer.from(known).toString('hex')}`, revealRound: 1000 } },
    ];
    await submit(chain, tx(chain.api, 'commitments', 'setCommitment', NETUID, { fields }), OWNER_HOTKEY);
    await chain.devnet.advance();
    const revealed = await revealedBy(chain.api, OWNER_HOTKEY.address);
    assert.equal(revealed.at(-1), `0x${Buffer.from('now').toString('hex')}`);
    const stored = await query(chain.api, 'commitments', 'commitmentOf', NETUID, OWNER_HOTKEY.address);
    const { info } = stored.toJSON() as { info: { fields: object[] } };
    assert.deepEqual(
      info.fields.map((field) => Object.keys(field)),
      [['timelockEncrypted']],
    );
  });

  it('opens a ciphertext in a UserData envelope too', async () => {
    const key = Buffer.from(QUICKNET.publicKey, 'hex');
    const ciphertext = encryptToRound(Buffer.from('enveloped'), 2000, key);
    const envelope = userDataEnvelope({ ciphertext, round: 2000n });
    await submit(chain, commitmentOf(chain.api, envelope, 2000), OWNER_HOTKEY);
    await chain.devnet.advance();
    const revealed = (await revealedBy(chain.api, OWNER_HOTKEY.address)).at(-1);
    assert.equal(Buffer.from(revealed?.slice(2) ?? '', 'hex').toString(), 'enveloped');
  });

  it('keeps what cannot be opened as TimelockRevealFailed, with an event that says why', async () => {
    await submit(chain, commitmentOf(chain.api, Buffer.from('no ciphertext'), 1000), OWNER_HOTKEY);
    await chain.devnet.advance();
    const failed = (await eventsOf(chain.api)).find(({ event }) => event.method === 'CommitmentRevealFailed');
    assert.deepEqual(failed?.event.data.toJSON(), [
      NETUID,
      OWNER_HOTKEY.address,
      1000,
      'CiphertextDeserialize',
    ]);
    const kept = (
      await query(chain.api, 'commitments', 'commitmentOf', NETUID, OWNER_HOTKEY.address)
    ).toJSON();
    assert.ok(JSON.stringify(kept).includes('timelockRevealFailed'), JSON.stringify(kept));
    await chain.devnet.advance();
    assert.ok(!(await eventNames(chain)).includes('commitments.CommitmentRevealFailed'), 'told once');
  });

  it('fails one whose round lies before the oldest pulse', async () => {
    await submit(chain, sealedCommitment(chain, 'late', 5000), OWNER_HOTKEY);
    await chain.devnet.advance();
    const failed = (await eventsOf(chain.api)).find(({ event }) => event.method === 'CommitmentRevealFailed');
    assert.ok(JSON.stringify(failed?.event.data.toJSON()).includes('PulseExpired'));
  });

  it('refuses the commitment of an account that is not registered, by the real error', async () => {
    const verdict = await submit(chain, sealedCommitment(chain, 'abc', now() + 5), ALICE);
    assert.equal(verdict.outcome, 'subtensorModule.HotKeyNotRegisteredInSubNet');
  });

  it('refuses a runtime-only field', async () => {
    const call = tx(chain.api, 'commitments', 'setCommitment', NETUID, {
      fields: [{ TimelockRevealFailed: { encrypted: '0x00', revealRound: 1 } }],
    });
    assert.equal(
      (await submit(chain, call, OWNER_HOTKEY)).outcome,
      'commitments.TimelockRevealFailedNotAllowed',
    );
  });

  it('does not decode a ciphertext of 1025 bytes', async () => {
    const call = commitmentOf(chain.api, new Uint8Array(1025), now() + 5);
    await assert.rejects(submit(chain, call, OWNER_HOTKEY), /1002: .*/);
  });

  it('stores plain fields of every kind as they came', async () => {
    const fields = [{ Raw3: 'abc' }, { Sha256: `0x${'11'.repeat(32)}` }, { BigRaw: `0x${'22'.repeat(300)}` }];
    const verdict = await submit(
      chain,
      tx(chain.api, 'commitments', 'setCommitment', NETUID, { fields }),
      OWNER_HOTKEY,
    );
    assert.ok(verdict.events.includes('commitments.Commitment'));
    const stored = await query(chain.api, 'commitments', 'commitmentOf', NETUID, OWNER_HOTKEY.address);
    const { info } = stored.toJSON() as { info: { fields: Record<string, string>[] } };
    assert.deepEqual(info.fields, [
      { raw3: '0x616263' },
      { sha256: `0x${'11'.repeat(32)}` },
      { bigRaw: `0x${'22'.repeat(300)}` },
    ]);
  });
});

describe('commitments: what a hotkey has', () => {
  it('is 3100 bytes an epoch, and again as much in the next', async () => {
    const chain = await connect({ genesis: { tempo: 40 } });
    try {
      await chain.devnet.advance();
      const commit = () =>
        submit(
          chain,
          tx(chain.api, 'commitments', 'setCommitment', NETUID, {
            fields: [{ BigRaw: `0x${'00'.repeat(500)}` }],
          }),
          VALIDATOR,
        );
      for (let i = 0; i < 6; i++) assert.equal((await commit()).outcome, 'ok');
      assert.equal((await commit()).outcome, 'commitments.SpaceLimitExceeded');
      await chain.devnet.advance(40);
      assert.equal((await commit()).outcome, 'ok');
    } finally {
      await chain.close();
    }
  });

  it('is its last ten reveals, oldest first', async () => {
    const chain = await connect({ genesis: { tempo: 2 } });
    try {
      await chain.devnet.advance();
      const key = Buffer.from(QUICKNET.publicKey, 'hex');
      for (let i = 0; i < 11; i++) {
        await submit(
          chain,
          commitmentOf(chain.api, encryptToRound(Uint8Array.of(i), 1000, key), 1000),
          VALIDATOR,
        );
      }
      await chain.devnet.advance();
      const revealed = await revealedBy(chain.api, VALIDATOR.address);
      assert.deepEqual(
        revealed,
        Array.from({ length: 10 }, (_, i) => `0x0${(i + 1).toString(16)}`),
      );
    } finally {
      await chain.close();
    }
  });
});
