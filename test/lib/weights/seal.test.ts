import assert from 'node:assert/strict';
import {
  decodeWeightsPayload,
  decryptWithSignature,
  generateBeaconKey,
  moduloCommitRound,
  signRound,
  weightCommitRound,
} from '../../../lib/timelock/index.js';
import { sealWeights } from '../../../lib/weights/index.js';
import { RULES } from './rules.js';

const ENTRIES = [
  { uid: 1, value: 65_535 },
  { uid: 4, value: 3_449 },
];
const key = generateBeaconKey(new Uint8Array([2]));
const sealing = {
  hotkey: new Uint8Array(32).fill(7),
  netuid: 3,
  beacon: {
    publicKey: Buffer.from(key.publicKey).toString('hex'),
    genesisSeconds: 1692803367,
    periodSeconds: 3,
  },
  blockSeconds: 12,
  now: 1_790_000_000.5,
};
const stateful = { lastEpochBlock: 4_900, pendingEpochAt: 0, subnetEpochIndex: 12, blocksSinceLastStep: 100 };
const clock = { ...RULES.clock, stateful };

describe('sealWeights', () => {
  it('seals hotkey, weights and the chain’s version key for the round of the reveal epoch', () => {
    const rules = { ...RULES, clock, versionKey: '18446744073709551615' };
    const { ciphertext, round } = sealWeights(ENTRIES, rules, sealing);
    const state = { currentBlock: 5_000, tempo: 360, ...stateful };
    assert.equal(round, weightCommitRound(state, 1, 12, sealing.now));
    const opened = decryptWithSignature(ciphertext, signRound(key.secret, round));
    assert.deepEqual(decodeWeightsPayload(opened), {
      hotkey: sealing.hotkey,
      uids: [1, 4],
      values: [65_535, 3_449],
      versionKey: 2n ** 64n - 1n,
    });
  });

  it('counts epochs by the modulo rule where the runtime keeps no state of them', () => {
    const { round } = sealWeights(ENTRIES, RULES, sealing);
    const schedule = { currentBlock: 5_000, netuid: 3, tempo: 360 };
    assert.equal(round, moduloCommitRound(schedule, 1, 12, sealing.now));
  });

  it('takes the next round where fast blocks are ahead of the one that the formula names', () => {
    const { round } = sealWeights(ENTRIES, RULES, sealing);
    for (const latestRound of [round, round + 1, round + 2]) {
      assert.equal(sealWeights(ENTRIES, { ...RULES, latestRound }, sealing).round, latestRound + 1);
    }
  });

  it('refuses to seal for a round that has been out for long: the clock is wrong', () => {
    const { round } = sealWeights(ENTRIES, RULES, sealing);
    assert.throws(() => sealWeights(ENTRIES, { ...RULES, latestRound: round + 3 }, sealing), {
      code: 'weights_clock_behind',
      details: { round, stored: round + 3 },
    });
  });

  it('refuses a beacon that counts rounds otherwise', () => {
    const beacon = { ...sealing.beacon, periodSeconds: 30 };
    assert.throws(() => sealWeights(ENTRIES, RULES, { ...sealing, beacon }), { code: 'chain_unsupported' });
  });
});
