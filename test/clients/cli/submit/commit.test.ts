import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { commit } from '../../../../clients/cli/submit/commit.js';
import type { Chain, SealedCommitment } from '../../../../lib/chain/index.js';
import { crusadesError } from '../../../../lib/errors/index.js';
import { generateBeaconKey, QUICKNET, timeOfRound } from '../../../../lib/timelock/index.js';
import { keyFromUri } from '../../../../lib/wallet/index.js';

const signer = keyFromUri('//crusades//test');
const order = {
  text: `${'a'.repeat(32)}:https://example.com/train.py`,
  signer,
  subnet: { network: 'devnet', netuid: 3 },
  revealBlocks: 100,
};

/** A chain that takes commitments, or loses sight of them. */
const chainThat = (answer: 'takes' | 'loses' | 'drops') => {
  let sent: SealedCommitment | undefined;
  const chain: Partial<Chain> = {
    beacon: () =>
      Promise.resolve({
        publicKey: Buffer.from(generateBeaconKey().publicKey).toString('hex'),
        genesisSeconds: QUICKNET.genesis,
        periodSeconds: QUICKNET.period,
      }),
    blockTimeSeconds: () => Promise.resolve(0.01),
    setCommitment: (_signer, _netuid, sealed) => {
      sent = sealed;
      const lost = crusadesError('chain_outcome_unknown', { call: 'set_commitment', seconds: 1 });
      return answer === 'takes'
        ? Promise.resolve({ block: 7, blockHash: '0x', extrinsicIndex: 1, extrinsicHash: '0xaa' })
        : Promise.reject(lost);
    },
    commitmentsOf: () =>
      Promise.resolve({
        head: { number: 10, hash: '0x' },
        commitments:
          answer === 'loses' && sent
            ? [
                {
                  hotkey: signer.address,
                  commitBlock: 9,
                  commitBlockKnown: true,
                  content: {
                    kind: 'sealed',
                    revealRound: sent.revealRound,
                    digest: createHash('sha256').update(sent.ciphertext).digest('hex'),
                  },
                },
              ]
            : [],
      }),
  };
  return chain as Chain;
};

describe('committing', () => {
  it('names the submission by the block that holds it, and the time of its reveal', async () => {
    const committed = await commit(chainThat('takes'), order);
    assert.equal(committed.commitBlock, 7);
    assert.equal(committed.workflowId, `devnet/3/submission/${signer.address}/7`);
    assert.match(committed.submissionId, /^[0-9a-f]{12}$/);
    assert.equal(Date.parse(committed.revealAt), timeOfRound(committed.revealRound) * 1000);
  });

  it('finds its commitment on chain when no answer came', async () => {
    const committed = await commit(chainThat('loses'), order);
    assert.equal(committed.commitBlock, 9);
    assert.equal(committed.extrinsicHash, null);
  });

  it('says that the outcome is unknown when the chain does not show it either', async () => {
    await assert.rejects(commit(chainThat('drops'), order), { code: 'chain_outcome_unknown' });
  });
});
