import assert from 'node:assert/strict';
import { admitCommitment } from '../../../lib/admission/index.js';
import type { Transaction } from '../../../lib/chain/index.js';
import { loadSettings, type Hparams } from '../../../lib/settings/index.js';
import { ALPHA, BURN_HOTKEY, PAYEE, PAYER, transaction } from '../payment/facts.js';

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
  paid: { hparams?: Hparams; user?: string; found?: Transaction | null } = {},
) {
  const admitted: unknown[] = [];
  const claims: unknown[] = [];
  const ledger = {
    claimPayment: async (claim: unknown) => (claims.push(claim), paid.user ?? 's'),
    lastAdmittedCommitBlock: async () => last,
    admit: async (admission: unknown) => void admitted.push(admission),
  };
  const final = { number: 1200, hash: '0xf1' };
  const chain = {
    finalizedHead: async () => final,
    // What the best head says may be undone.
    uidOf: async (_netuid: number, _hotkey: string, at?: unknown) => (at === final ? uid : null),
    hotkeysOf: async () => [BURN_HOTKEY],
    ownerOf: async () => PAYER,
    alphaFor: async () => ALPHA,
    transactionAt: async () => (paid.found === undefined ? transaction({ block: 990 }) : paid.found),
  };
  const revealed = { text, revealBlock: 1100 };
  const result = admitCommitment(chain, ledger, commitment, revealed, paid.hparams ?? hparams);
  const entry = await result.catch((error: Error) => {
    throw Object.assign(error, { admitted, claims });
  });
  return { entry, admitted, claims };
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

describe('admitting where submissions must be paid', () => {
  const payment = { enabled: true, fee_rao: 50_000_000, address: PAYEE, valid_blocks: 100 };
  const paidFor = { hparams: { ...hparams, payment } };
  const text = `${HASH}:990:2:https://example.com/t.py`;

  it('verifies the payment, uses it up, then admits', async () => {
    const { entry, admitted, claims } = await admit(text, {}, paidFor);
    assert.equal(entry.url, 'https://example.com/t.py');
    assert.equal(admitted.length, 1);
    assert.deepEqual(claims, [
      { submissionId: 's', network: 'test', block: 990, extrinsicIndex: 2, payer: PAYER, alpha: ALPHA },
    ]);
  });

  it('refuses a commitment that names no payment', () =>
    assert.rejects(admit(`${HASH}:https://example.com/t.py`, {}, paidFor), {
      code: 'payment_missing',
      admitted: [],
    }));

  it('refuses a payment that another submission has used, and names that', () =>
    assert.rejects(admit(text, {}, { ...paidFor, user: 'another' }), {
      code: 'payment_reused',
      message: /990:2 has paid for the submission another/,
      admitted: [],
    }));

  it('refuses a payment that does not count, and uses nothing up', () =>
    assert.rejects(admit(text, {}, { ...paidFor, found: null }), {
      code: 'payment_not_found',
      claims: [],
      admitted: [],
    }));

  it('does not look at the payment of what is refused anyway: it can pay for the next try', () =>
    assert.rejects(admit(text, { uid: null }, paidFor), { code: 'hotkey_not_registered', claims: [] }));

  it('ignores a payment where submissions are free', async () => {
    const { entry, claims } = await admit(text, {}, { found: null });
    assert.equal(entry.url, 'https://example.com/t.py');
    assert.deepEqual(claims, []);
  });
});
