import assert from 'node:assert/strict';
import {
  commitmentRound,
  generateBeaconKey,
  latestRoundAt,
  QUICKNET,
  roundAt,
  signRound,
  timeOfRound,
  verifyRound,
} from '../../../lib/timelock/index.js';
import { bytes, hex, VECTORS } from '../../fixtures/timelock/vectors.js';

describe('beacon signatures', () => {
  it('accepts quicknet’s own signatures for their rounds only', () => {
    const key = bytes(QUICKNET.publicKey);
    assert.equal(QUICKNET.publicKey, VECTORS.drand.public_key);
    assert.ok(verifyRound(key, 1000, bytes(QUICKNET.knownSignatures[1000])));
    assert.ok(verifyRound(key, 2000, bytes(QUICKNET.knownSignatures[2000])));
    assert.ok(!verifyRound(key, 1001, bytes(QUICKNET.knownSignatures[1000])));
  });

  it('signs so that its own key verifies, and no other', () => {
    const ours = generateBeaconKey();
    const signature = signRound(ours.secret, 7);
    assert.equal(signature.length, 48);
    assert.ok(verifyRound(ours.publicKey, 7, signature));
    assert.ok(!verifyRound(generateBeaconKey().publicKey, 7, signature));
  });

  it('makes the same key from the same seed', () => {
    const seed = bytes('00'.repeat(32));
    assert.equal(hex(generateBeaconKey(seed).publicKey), hex(generateBeaconKey(seed).publicKey));
    assert.notEqual(hex(generateBeaconKey(seed).publicKey), hex(generateBeaconKey(bytes('01')).publicKey));
  });

  it('says no to bytes that are no point', () => {
    assert.ok(!verifyRound(bytes(QUICKNET.publicKey), 1000, new Uint8Array(48)));
    assert.ok(!verifyRound(new Uint8Array(96), 1000, bytes(QUICKNET.knownSignatures[1000])));
  });
});

describe('rounds', () => {
  it('follow from block counts as in all 72 recorded calls of the official packages', () => {
    const vectors = VECTORS.commitment_rounds.vectors;
    assert.equal(vectors.length, 72);
    for (const { blocks_until_reveal, block_time, now, reveal_round } of vectors) {
      assert.equal(
        commitmentRound(blocks_until_reveal, block_time, now),
        reveal_round,
        JSON.stringify({ blocks_until_reveal, block_time, now }),
      );
    }
  });

  it('are published every 3 s from genesis on', () => {
    assert.equal(timeOfRound(1), 1692803367);
    assert.equal(timeOfRound(1001), 1692806367);
    assert.equal(roundAt(timeOfRound(1000)), 1000);
    assert.equal(roundAt(timeOfRound(1000) + 0.5), 1001);
    assert.equal(latestRoundAt(timeOfRound(1000)), 1000);
    assert.equal(latestRoundAt(timeOfRound(1000) - 0.5), 999);
    assert.equal(latestRoundAt(0), 0);
  });
});
