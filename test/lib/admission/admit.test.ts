import assert from 'node:assert/strict';
import { admitCommitment } from '../../../lib/admission/index.js';
import { loadSettings } from '../../../lib/settings/index.js';

const HASH = '0123456789abcdef0123456789abcdef';
const { hparams } = loadSettings({ env: {} });
const commitment = {
  submissionId: 's',
  key: { network: 'test', netuid: 3, hotkey: '5Miner', commitBlock: 1000 },
  content: { kind: 'revealed', revealBlock: 1100, text: 'x' } as const,
  revealAt: null,
};

async function admit(
  text: string,
  { uid = 4, last = null }: { uid?: number | null; last?: number | null } = {},
) {
  const admitted: unknown[] = [];
  const ledger = {
    lastAdmittedCommitBlock: async () => last,
    admit: async (admission: unknown) => void admitted.push(admission),
  };
  const chain = { uidOf: async () => uid };
  const entry = await admitCommitment(chain, ledger, commitment, { text, revealBlock: 1100 }, hparams);
  return { entry, admitted };
}

describe('admitCommitment', () => {
  it('admits a registered miner and records what was committed', async () => {
    const { entry, admitted } = await admit(`${HASH}:https://example.com/train.py`);
    assert.equal(entry.uid, 4);
    assert.deepEqual(admitted, [
      {
        submissionId: 's',
        uid: 4,
        revealBlock: 1100,
        url: 'https://example.com/train.py',
        committedHash: HASH,
      },
    ]);
  });

  it('refuses text of another competition', async () => {
    await assert.rejects(admit('{"repo": "model"}'), { code: 'commitment_malformed' });
  });

  it('refuses a hotkey that the chain does not know', async () => {
    await assert.rejects(admit(`${HASH}:https://example.com/train.py`, { uid: null }), {
      code: 'hotkey_not_registered',
    });
  });

  it('refuses a commitment that comes too soon, and says when the next may come', async () => {
    const limit = hparams.min_blocks_between_commits;
    await assert.rejects(admit(`${HASH}:https://example.com/t.py`, { last: 1000 - limit + 1 }), {
      code: 'rate_limited',
      details: { blocks: limit - 1, limit, next: 1001 },
    });
  });

  it('admits one that comes exactly at the limit', async () => {
    const { entry } = await admit(`${HASH}:https://example.com/t.py`, {
      last: 1000 - hparams.min_blocks_between_commits,
    });
    assert.equal(entry.commitBlock, 1000);
  });
});
