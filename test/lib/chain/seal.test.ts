import assert from 'node:assert/strict';

import { endpointOf, sealCommitment } from '../../../lib/chain/index.js';
import { CrusadesError } from '../../../lib/errors/index.js';
import {
  commitmentRound,
  decodeCommitmentText,
  decryptWithSignature,
  generateBeaconKey,
  QUICKNET,
  signRound,
} from '../../../lib/timelock/index.js';

const key = generateBeaconKey();
const beacon = {
  publicKey: Buffer.from(key.publicKey).toString('hex'),
  genesisSeconds: QUICKNET.genesis,
  periodSeconds: QUICKNET.period,
};

describe('sealCommitment', () => {
  const now = 1_790_000_000.5;

  it('seals to the official package’s round, and the beacon’s signature opens it', () => {
    const { ciphertext, revealRound } = sealCommitment('text', {
      blocksAhead: 20,
      blockSeconds: 12,
      beacon,
      now,
    });
    assert.equal(revealRound, commitmentRound(20, 12, now));
    const opened = decryptWithSignature(ciphertext, signRound(key.secret, revealRound));
    assert.equal(decodeCommitmentText(opened), 'text');
  });

  it('refuses a beacon that counts rounds otherwise', () => {
    for (const other of [{ genesisSeconds: 0 }, { periodSeconds: 30 }]) {
      assert.throws(
        () =>
          sealCommitment('text', { blocksAhead: 1, blockSeconds: 12, beacon: { ...beacon, ...other }, now }),
        (error) => error instanceof CrusadesError && error.code === 'chain_unsupported',
      );
    }
  });
});

describe('endpointOf', () => {
  it('prefers the configured endpoint, else takes the network’s public one', () => {
    assert.equal(endpointOf({ network: 'finney', endpoint: 'ws://here:1' }), 'ws://here:1');
    assert.match(endpointOf({ network: 'finney', endpoint: null }), /^wss:\/\/entrypoint-finney/);
    assert.match(endpointOf({ network: 'devnet', endpoint: null }), /^ws:\/\/127\.0\.0\.1/);
  });

  it('says which networks it knows when it knows no endpoint', () => {
    for (const network of ['mine', 'constructor']) {
      assert.throws(
        () => endpointOf({ network, endpoint: null }),
        (error) => error instanceof CrusadesError && /CRUSADES_ENDPOINT.*finney/.test(error.message),
      );
    }
  });
});
