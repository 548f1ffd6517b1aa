import assert from 'node:assert/strict';

import type { Ledger } from '../../../lib/store/index.js';
import { withTestLedger } from '../../support/postgres.js';
import { newSubmission, settings, subnet } from './facts.js';

describe('payments in the ledger', () => {
  let ledger: Ledger;
  withTestLedger((opened) => (ledger = opened));

  const opened = async (hotkey: string, commitBlock: number): Promise<string> => {
    const submission = newSubmission(hotkey, commitBlock);
    await ledger.openSubmission(submission);
    return submission.submissionId;
  };
  const claim = (submissionId: string, block: number, network = subnet.network) => ({
    ...{ submissionId, network, block, extrinsicIndex: 2, payer: '5Payer' },
    alpha: 18_446_744_073_709_551_615n,
  });

  it('belong to the submission that claims them first, however often it does', async () => {
    const first = await opened('5First', 10);
    const second = await opened('5Second', 9);
    assert.equal(await ledger.claimPayment(claim(first, 5)), first);
    assert.equal(await ledger.claimPayment(claim(second, 5)), first);
    assert.equal(await ledger.claimPayment(claim(first, 5)), first);
  });

  it('are used once when many claim them at the same moment', async () => {
    const all = await Promise.all([...Array(8).keys()].map((n) => opened(`5Racer${n}`, n)));
    const owners = await Promise.all(all.map((id) => ledger.claimPayment(claim(id, 6))));
    assert.equal(new Set(owners).size, 1);
  });

  it('at the same place of another network are other payments', async () => {
    const here = await opened('5Here', 1);
    const there = await opened('5There', 1);
    await ledger.claimPayment(claim(here, 7));
    assert.equal(await ledger.claimPayment(claim(there, 7, 'test')), there);
  });

  it('tell what they were used for, to the last rao', async () => {
    const submissionId = await opened('5Told', 12);
    assert.equal(await ledger.paymentUse('devnet', 8, 2), null);
    await ledger.claimPayment(claim(submissionId, 8));
    const use = await ledger.paymentUse('devnet', 8, 2);
    assert.ok(use && Date.parse(use.verifiedAt) > Date.now() - 60_000);
    const { verifiedAt: _verifiedAt, settings: asked, ...facts } = use;
    assert.deepEqual(facts, {
      ...{ submissionId, hotkey: '5Told', commitBlock: 12, payer: '5Payer' },
      alpha: '18446744073709551615',
    });
    const { burn_uid, payment } = settings.hparams;
    assert.deepEqual(asked, { burn_uid, payment });
  });
});
