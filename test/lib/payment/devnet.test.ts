import assert from 'node:assert/strict';

import { connectChain, type Chain, type PaymentReference } from '../../../lib/chain/index.js';
import {
  CRUSADES_NETUID,
  developmentKey,
  GENESIS_NEURONS,
  startDevnet,
  type Devnet,
} from '../../../lib/devnet/index.js';
import { pay, planPayment, verifyPayment, type PaymentSettings } from '../../../lib/payment/index.js';

import { startRelay } from '../chain/relay.js';
import { clientOf, tx } from '../devnet/connected.js';

const NETUID = CRUSADES_NETUID;
const FEE = 50_000_000;
/** The last spec version whose transfers take what is there when more is asked for. */
const LAST_WITHOUT_REFUSAL = 425;
const BURN_HOTKEY = developmentKey(GENESIS_NEURONS.burn.hotkeyPath).address;
const PAYEE = developmentKey('//Ferdie').address;
const MINER = developmentKey('//Dave//miner');
const COLDKEY = developmentKey('//Dave');
const STRANGER = developmentKey('//Eve');

const settings = (change: Partial<PaymentSettings['payment']> = {}): PaymentSettings => ({
  burn_uid: GENESIS_NEURONS.burn.uid,
  payment: { enabled: true, fee_rao: FEE, address: PAYEE, valid_blocks: 100, ...change },
});

describe('payments on a devnet', function () {
  this.timeout(60_000);
  let devnet: Devnet;
  let chain: Chain;

  before(async () => {
    devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25, seed: 'payments' });
    chain = await connectChain({ endpoint: devnet.url });
    await chain.burnedRegister(COLDKEY, NETUID, MINER.address);
  });
  after(async () => {
    await chain?.close();
    await devnet?.stop();
  });

  const claimOf = async (reference: PaymentReference) => ({
    reference,
    netuid: NETUID,
    hotkey: MINER.address,
    commitBlock: (await chain.head()).number + 1,
  });
  const final = async ({ block, extrinsicIndex }: PaymentReference): Promise<PaymentReference> => {
    await eventually(async () => (await chain.finalizedHead()).number >= block);
    return { block, extrinsicIndex };
  };
  const verify = async (reference: PaymentReference, by = settings()) =>
    verifyPayment(chain, await claimOf(reference), by);
  /** Alpha of Dave's with the burn uid's hotkey, to be handed over in one way or another. */
  const stake = () => chain.addStake(COLDKEY, NETUID, BURN_HOTKEY, BigInt(FEE));
  const transfer = async (order: { to: string; alpha: bigint }) =>
    final(await chain.transferStake(COLDKEY, NETUID, { hotkey: BURN_HOTKEY, ...order }));
  let paid: PaymentReference;

  it('are made, found where they stand, and count', async () => {
    const plan = await planPayment(chain, NETUID, settings(), COLDKEY.address);
    paid = await pay(chain, COLDKEY, plan);
    const { payer, alpha } = await verify(paid);
    assert.equal(payer, COLDKEY.address);
    assert.ok(alpha >= (plan.quotedAlpha * 9n) / 10n && alpha <= plan.quotedAlpha, String(alpha));
    assert.equal(await chain.stakeOf(NETUID, BURN_HOTKEY, PAYEE), alpha);
  });

  it('count for the owner of the burn uid’s hotkey when no address is set', async () => {
    const toOwner = settings({ address: null });
    const plan = await planPayment(chain, NETUID, toOwner, COLDKEY.address);
    assert.equal(plan.terms.payee, developmentKey(GENESIS_NEURONS.burn.coldkeyPath).address);
    const reference = await pay(chain, COLDKEY, plan);
    assert.equal((await verify(reference, toOwner)).payer, COLDKEY.address);
    await assert.rejects(verify(reference), { code: 'payment_invalid', message: /destination_coldkey/ });
  });

  it('of another coldkey do not count', async () => {
    const reference = await pay(
      chain,
      STRANGER,
      await planPayment(chain, NETUID, settings(), STRANGER.address),
    );
    await assert.rejects(verify(reference), { code: 'payment_foreign' });
  });

  it('of less than the fee do not count', async () => {
    await stake();
    await assert.rejects(verify(await transfer({ to: PAYEE, alpha: 20_000_000n })), {
      code: 'payment_short',
    });
  });

  it('to somebody else do not count', async () => {
    await stake();
    const reference = await transfer({ to: STRANGER.address, alpha: 40_000_000n });
    await assert.rejects(verify(reference), { code: 'payment_invalid', message: /destination_coldkey/ });
  });

  it('in a batch do not count', async () => {
    await stake();
    const api = await clientOf(devnet.url);
    try {
      const call = tx(
        api,
        'subtensorModule',
        'transferStake',
        PAYEE,
        BURN_HOTKEY,
        NETUID,
        NETUID,
        40_000_000n,
      );
      const signed = await tx(api, 'utility', 'batchAll', [call]).signAsync(COLDKEY);
      const start = (await chain.head()).number;
      await api.rpc.author.submitExtrinsic(signed);
      let place: PaymentReference | null = null;
      await eventually(async () => {
        const wanted = { extrinsicHash: signed.hash.toHex() };
        place = await chain.findTransaction(wanted, start, (await chain.head()).number);
        return place !== null;
      });
      const reference = await final(place ?? assert.fail());
      await assert.rejects(verify(reference), { code: 'payment_invalid', message: /Utility.batch_all/ });
    } finally {
      await api.disconnect();
    }
  });

  it('that are no payments at all do not count', async () => {
    const moved = await final(await chain.transfer(COLDKEY, PAYEE, 1_000_000_000n));
    await assert.rejects(verify(moved), { code: 'payment_invalid', message: /Balances.transfer_keep_alive/ });
    const inherent = { block: moved.block, extrinsicIndex: 0 };
    await assert.rejects(verify(inherent), { code: 'payment_invalid', message: /Timestamp.set/ });
    await assert.rejects(verify({ block: moved.block, extrinsicIndex: 40 }), { code: 'payment_not_found' });
  });

  it('that failed do not count', async () => {
    const before = (await chain.finalizedHead()).number;
    const order = { to: PAYEE, hotkey: BURN_HOTKEY, alpha: 10n ** 15n };
    await assert.rejects(chain.transferStake(COLDKEY, NETUID, order), { code: 'chain_call_refused' });
    const wanted = { signer: COLDKEY.address, call: 'SubtensorModule.transfer_stake' };
    const head = (await chain.head()).number;
    const place = (await chain.findTransaction(wanted, before + 1, head)) ?? assert.fail('it is in no block');
    await assert.rejects(verify(await final(place)), { code: 'payment_invalid', message: /failed on chain/ });
  });

  it('are found by their signer', async () => {
    const wanted = { signer: COLDKEY.address, call: 'SubtensorModule.transfer_stake' };
    assert.deepEqual(await chain.findTransaction(wanted, paid.block, paid.block + 1), paid);
    assert.equal(await chain.findTransaction(wanted, 1, 2), null);
  });

  it('are refused to a coldkey without funds before anything is sent', () =>
    assert.rejects(planPayment(chain, NETUID, settings(), developmentKey('//Nobody').address), {
      code: 'payment_funds_short',
    }));

  it('count by what has moved where the runtime lets a call ask for more than there is', async () => {
    const current = await chain.specVersion();
    await stake();
    const staked = await chain.stakeOf(NETUID, BURN_HOTKEY, COLDKEY.address);
    await transfer({ to: STRANGER.address, alpha: staked - 20_000_000n });
    devnet.upgradeRuntime(LAST_WITHOUT_REFUSAL);
    await eventually(async () => (await chain.specVersion()) === LAST_WITHOUT_REFUSAL);
    const overstated = await transfer({ to: PAYEE, alpha: 10n ** 12n });
    await assert.rejects(verify(overstated), { code: 'payment_short', message: /moved 0\.02 alpha/ });
    devnet.upgradeRuntime(current);
    await eventually(async () => (await chain.specVersion()) === current);
  });

  it('of a block whose state is gone are judged by the archive, and without one wait for it', async () => {
    const { blockHash, parentHash } =
      (await chain.transactionAt(paid.block, paid.extrinsicIndex)) ?? assert.fail();
    const relay = await startRelay(devnet.url);
    relay.answer = (method, params) =>
      method.startsWith('state_') && [blockHash, parentHash].includes(String(params.at(-1)))
        ? {
            error: {
              code: 4003,
              message: `Client error: UnknownBlock: State already discarded for ${blockHash}`,
            },
          }
        : undefined;
    try {
      const claim = await claimOf(paid);
      const pruned = await connectChain({ endpoint: relay.url });
      await assert.rejects(verifyPayment(pruned, claim, settings()), { code: 'payment_unverifiable' });
      await pruned.close();
      const withArchive = await connectChain({ endpoint: relay.url, archive: devnet.url });
      assert.equal((await verifyPayment(withArchive, claim, settings())).payer, COLDKEY.address);
      await withArchive.close();
    } finally {
      await relay.close();
    }
  });
});

const eventually = async (holds: () => Promise<boolean>): Promise<void> => {
  const until = Date.now() + 10_000;
  while (!(await holds())) {
    assert.ok(Date.now() < until, 'it did not come true in 10 s');
    await new Promise((resume) => setTimeout(resume, 50));
  }
};
