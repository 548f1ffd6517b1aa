import assert from 'node:assert/strict';

import type { Transaction } from '../../../lib/chain/index.js';
import { crusadesError, type CrusadesError } from '../../../lib/errors/index.js';
import { verifyPayment, type PaymentChain, type PaymentSettings } from '../../../lib/payment/index.js';
import { ALPHA, BURN_HOTKEY, MINER, NETUID, PAYEE, PAYER, STRANGER, transaction } from './facts.js';

const settings: PaymentSettings = {
  burn_uid: 1,
  payment: { enabled: true, fee_rao: 50_000_000, address: PAYEE, valid_blocks: 50 },
};

/** A chain on which the payment 100:2 was made; every read is noted with the block that it was made at. */
const chainWith = (change: {
  finalized?: number;
  found?: Transaction | null;
  owners?: Readonly<Record<string, string>>;
  quote?: bigint | null;
  burn?: string | null;
}) => {
  const { finalized = 200, found = transaction(), quote = 50_000_000n, burn = BURN_HOTKEY } = change;
  const owners = change.owners ?? { [MINER]: PAYER, [BURN_HOTKEY]: PAYEE };
  const reads: string[] = [];
  const chain: PaymentChain = {
    finalizedHead: async () => ({ number: finalized, hash: '0xff' }),
    transactionAt: async (block, index) => (reads.push(`transaction ${block}:${index}`), found),
    hotkeysOf: async (_netuid, uids, at) => (reads.push(`hotkey ${uids.join()} at ${at?.hash}`), [burn]),
    ownerOf: async (hotkey, at) => (reads.push(`owner at ${at.hash}`), owners[hotkey] ?? null),
    alphaFor: async (_netuid, rao, at) => (reads.push(`price of ${rao} at ${at.hash}`), quote),
  };
  return { chain, reads };
};

const claim = {
  reference: { block: 100, extrinsicIndex: 2 },
  netuid: NETUID,
  hotkey: MINER,
  commitBlock: 120,
};
const verify = (change: Parameters<typeof chainWith>[0] = {}, of = claim, by = settings) =>
  verifyPayment(chainWith(change).chain, of, by);
const at = (commitBlock: number) => ({ ...claim, commitBlock });

describe('verifyPayment', () => {
  it('reads everything as it was: owners after the payment’s block, the price before it', async () => {
    const { chain, reads } = chainWith({});
    assert.equal((await verifyPayment(chain, claim, settings)).alpha, ALPHA);
    assert.deepEqual(reads, [
      'transaction 100:2',
      'hotkey 1 at 0x64',
      'owner at 0x64',
      'price of 50000000 at 0x63',
    ]);
  });

  for (const commitBlock of [100, 99, 1]) {
    it(`refuses a payment that is not older than the commitment at block ${commitBlock}`, () =>
      assert.rejects(verify({}, at(commitBlock)), { code: 'payment_late' }));
  }

  it('takes a payment of the block before the commitment', async () => {
    assert.equal((await verify({}, at(101))).payer, PAYER);
  });

  it('takes a payment at the end of its time, and refuses it one block later', async () => {
    assert.equal((await verify({}, at(150))).payer, PAYER);
    await assert.rejects(verify({}, at(151)), {
      code: 'payment_expired',
      message: /51 blocks old.*counts for 50/,
    });
  });

  it('waits for a block that is not final', () =>
    assert.rejects(verify({ finalized: 99 }), (error: CrusadesError) => {
      return error.code === 'payment_not_final' && error.definition.retryable && !error.definition.final;
    }));

  it('refuses a place where there is nothing', () =>
    assert.rejects(verify({ found: null }), { code: 'payment_not_found' }));

  it('refuses a payment of whoever does not own the hotkey at that block', () =>
    assert.rejects(verify({ owners: { [MINER]: STRANGER } }), { code: 'payment_foreign' }));

  it('refuses a payment for a hotkey that nobody owned at that block', () =>
    assert.rejects(verify({ owners: {} }), { code: 'payment_foreign', message: /belonged to nobody/ }));

  it('refuses less than nine tenths of what the fee bought', () =>
    assert.rejects(verify({ quote: (ALPHA * 100n) / 89n }), { code: 'payment_short' }));

  it('lets the price move by a tenth', async () => {
    assert.equal((await verify({ quote: (ALPHA * 10n) / 9n })).alpha, ALPHA);
  });

  it('never skips the amount where the chain names no price', () =>
    assert.rejects(verify({ quote: null }), { code: 'payment_unpriced' }));

  const toOwner: PaymentSettings = { ...settings, payment: { ...settings.payment, address: null } };

  it('without an address pays whoever owned the burn uid’s hotkey', async () => {
    assert.equal((await verify({}, claim, toOwner)).alpha, ALPHA);
    const other = { [MINER]: PAYER, [BURN_HOTKEY]: STRANGER };
    await assert.rejects(verify({ owners: other }, claim, toOwner), {
      code: 'payment_invalid',
      message: /destination_coldkey/,
    });
  });

  it('cannot tell the payee where nobody holds the burn uid', () =>
    assert.rejects(verify({ burn: null }), { code: 'payment_unreceivable', message: /burn_uid 1/ }));

  it('does not let anybody pay an address with a wrong checksum', () => {
    const address = `${PAYEE.slice(0, -1)}${PAYEE.endsWith('x') ? 'y' : 'x'}`;
    const mistyped = { ...settings, payment: { ...settings.payment, address } };
    return assert.rejects(verify({}, claim, mistyped), {
      code: 'payment_unreceivable',
      message: /is no address/,
    });
  });

  it('says that an archive is needed where the state is gone, and may be tried again', async () => {
    const { chain } = chainWith({});
    const gone = async () => {
      throw crusadesError('chain_state_discarded', { endpoint: 'ws://node', block: '0x64' });
    };
    await assert.rejects(verifyPayment({ ...chain, ownerOf: gone }, claim, settings), {
      code: 'payment_unverifiable',
      message: /ws:\/\/node no longer holds/,
    });
  });
});
