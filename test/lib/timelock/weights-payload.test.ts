import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  decodeWeightsPayload,
  decryptWithSignature,
  encodeWeightsPayload,
  encryptToRound,
  failureOf,
  moduloCommitRound,
  QUICKNET,
  weightCommitRound,
  type EpochState,
} from '../../../lib/timelock/index.js';
import {
  bytes,
  hex,
  MODULO_ROUNDS,
  OPENED_OFFICIALLY,
  VECTORS,
  type WeightVector,
} from '../../fixtures/timelock/vectors.js';

const stateOf = ({ inputs }: WeightVector): EpochState => ({
  currentBlock: inputs.current_block,
  lastEpochBlock: inputs.last_epoch_block,
  pendingEpochAt: inputs.pending_epoch_at,
  subnetEpochIndex: inputs.subnet_epoch_index,
  tempo: inputs.tempo,
  blocksSinceLastStep: inputs.blocks_since_last_step,
});

const roundOf = (vector: WeightVector, now = vector.now): number =>
  weightCommitRound(
    stateOf(vector),
    vector.inputs.subnet_reveal_period_epochs,
    vector.inputs.block_time,
    now,
  );

describe('weight commits of the official packages', () => {
  const good = VECTORS.weights.vectors.filter((vector) => vector.at_round_1000);
  const signature = bytes(QUICKNET.knownSignatures[1000]);

  it('number 27', () => {
    assert.equal(good.length, 27);
  });

  for (const vector of good) {
    const { inputs, at_round_1000: recorded } = vector;
    it(`have our round and payload: ${vector.name}`, () => {
      assert.ok(recorded);
      assert.equal(roundOf(vector), vector.reveal_round);
      assert.equal(roundOf(vector, recorded.now), 1000);

      const payload = {
        hotkey: bytes(inputs.hotkey),
        uids: inputs.uids,
        values: inputs.weights,
        versionKey: BigInt(inputs.version_key),
      };
      assert.equal(hex(encodeWeightsPayload(payload)), recorded.payload);
      assert.deepEqual(decodeWeightsPayload(bytes(recorded.payload)), payload);

      for (const theirs of [recorded.ciphertext_bittensor_core, recorded.ciphertext_bittensor_drand]) {
        if (theirs !== undefined) {
          assert.equal(hex(decryptWithSignature(bytes(theirs), signature)), recorded.payload);
        }
      }
      const ours = encryptToRound(bytes(recorded.payload), 1000, bytes(QUICKNET.publicKey));
      assert.equal(hex(decryptWithSignature(ours, signature)), recorded.payload);
    });
  }

  it('are refused for a subnet of tempo 0', () => {
    const vector = VECTORS.weights.vectors.find(({ inputs }) => inputs.tempo === 0);
    assert.ok(vector?.error);
    assert.throws(() => roundOf(vector), { code: 'argument_invalid' });
  });

  it('take a clock with fractions as it is', () => {
    const vector = VECTORS.weights.vectors.find(({ name }) => name === 'fast chain: tempo 10, 0.25 s blocks');
    assert.ok(vector);
    for (const [now, round] of VECTORS.weights.fractional_clock.now_and_round) {
      assert.equal(roundOf(vector, now), round);
    }
  });
});

describe('weight commits of the official package before stateful epochs', () => {
  for (const { name, inputs, now, reveal_round } of MODULO_ROUNDS) {
    it(`have our round: ${name}`, () => {
      const { tempo, netuid, current_block: currentBlock } = inputs;
      // The package read its clock between the two.
      const rounds = now.map((moment) =>
        moduloCommitRound(
          { currentBlock, netuid, tempo },
          inputs.subnet_reveal_period_epochs,
          inputs.block_time,
          moment,
        ),
      );
      assert.ok(rounds.includes(reveal_round), `${rounds.join(' or ')}, not ${reveal_round}`);
      assert.ok(Math.max(...rounds) - Math.min(...rounds) <= 1);
    });
  }
});

describe('what is sealed here', () => {
  it('is, byte for byte, what the official packages were seen to open', () => {
    assert.equal(OPENED_OFFICIALLY.length, 16);
    for (const vector of OPENED_OFFICIALLY) {
      const random = { key: bytes(vector.key), sigma: bytes(vector.sigma), nonce: bytes(vector.nonce) };
      const ours = encryptToRound(bytes(vector.plaintext), vector.round, bytes(QUICKNET.publicKey), random);
      assert.equal(createHash('sha256').update(ours).digest('hex'), vector.sha256, vector.name);
    }
  });
});

describe('decoding a weights payload', () => {
  it('takes the older form without hotkey', () => {
    const older = { hotkey: null, uids: [1, 5], values: [65535, 2], versionKey: 3n };
    assert.deepEqual(decodeWeightsPayload(encodeWeightsPayload(older)), older);
  });

  it('answers any other bytes with timelock_malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (input) => {
        try {
          decodeWeightsPayload(input);
        } catch (error) {
          assert.ok(failureOf(error), String(error));
        }
      }),
    );
    assert.throws(() => decodeWeightsPayload(bytes('feffffff')), { code: 'timelock_malformed' });
  });
});
