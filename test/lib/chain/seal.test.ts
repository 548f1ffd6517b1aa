import assert from 'node:assert/strict';

import { endpointOf, endpointsOf, sealCommitment } from '../../../lib/chain/index.js';
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

describe('endpointsOf', () => {
  it('prefers what is configured, else takes the network’s public endpoints', () => {
    assert.equal(endpointOf({ network: 'finney', endpoint: 'ws://here:1' }), 'ws://here:1');
    assert.match(endpointOf({ network: 'finney', endpoint: null }), /^wss:\/\/entrypoint-finney/);
    assert.match(endpointOf({ network: 'devnet', endpoint: null }), /^ws:\/\/127\.0\.0\.1/);
    assert.equal(endpointsOf({ network: 'finney', endpoint: null }).fallbacks.length, 1);
  });

  it('mixes no public endpoint into those that were named', () => {
    const named = { network: 'finney', endpoint: 'ws://a:1', fallbacks: ['ws://b:1'] };
    assert.deepEqual(endpointsOf(named).fallbacks, ['ws://b:1']);
    assert.deepEqual(endpointsOf({ network: 'finney', endpoint: 'ws://a:1' }).fallbacks, []);
  });

  it('knows finney’s genesis and archive, whatever endpoint is used', () => {
    const { genesisHash, archive } = endpointsOf({ network: 'finney', endpoint: 'ws://here:1' });
    assert.match(genesisHash ?? '', /^0x2f0555cc/);
    assert.match(archive ?? '', /^wss:\/\/archive/);
  });

  it('lets a network of one’s own name its genesis and archive', () => {
    const own = { network: 'mine', endpoint: 'ws://a:1', archive: 'ws://b:1', genesisHash: '0xab' };
    const { genesisHash, archive } = endpointsOf(own);
    assert.deepEqual([genesisHash, archive], ['0xab', 'ws://b:1']);
    const nothing = endpointsOf({ network: 'mine', endpoint: 'ws://a:1' });
    assert.deepEqual([nothing.genesisHash, nothing.archive], [null, null]);
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
