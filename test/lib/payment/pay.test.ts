import assert from 'node:assert/strict';

import type { Inclusion, TransactionPlace } from '../../../lib/chain/index.js';
import { crusadesError } from '../../../lib/errors/index.js';
import { amountText, pay, planPayment, type PaymentPlan } from '../../../lib/payment/index.js';
import { keyFromUri } from '../../../lib/wallet/index.js';
import { ALPHA, BURN_HOTKEY, event, NETUID, PAYEE, PAYER, transaction } from './facts.js';

const coldkey = keyFromUri('//Dave');
const terms = { netuid: NETUID, payee: PAYEE, hotkey: BURN_HOTKEY, feeRao: 50_000_000n };
const plan: PaymentPlan = {
  terms,
  coldkey: PAYER,
  free: 10n ** 12n,
  quotedAlpha: 50_000_000n,
  fromStake: false,
};
const unknown = () => crusadesError('chain_outcome_unknown', { call: 'x', seconds: 1 });
const inclusion = (block: number): Inclusion => ({
  ...{ block, blockHash: '0x', extrinsicIndex: 1, extrinsicHash: `0x${block}` },
});

type PayingChain = Parameters<typeof pay>[0];

/** A chain that is always final; what it was asked to send is noted. */
const chainThat = (change: Partial<PayingChain> = {}) => {
  const sent: string[] = [];
  let staked = 0n;
  const chain: PayingChain = {
    blockTimeSeconds: async () => 0.01,
    finalizedHead: async () => ({ number: 50, hash: '0x' }),
    findTransaction: async (wanted) =>
      'extrinsicHash' in wanted ? { block: Number(wanted.extrinsicHash.slice(2)), extrinsicIndex: 4 } : null,
    transactionAt: async () =>
      transaction({
        events: [event('SubtensorModule', 'StakeAdded', PAYER, BURN_HOTKEY, 5e7, Number(ALPHA))],
      }),
    stakeOf: async () => staked,
    addStake: async (_signer, netuid, hotkey, rao) => {
      sent.push(`stake ${rao} with ${hotkey} on ${netuid}`);
      staked += ALPHA;
      return inclusion(40);
    },
    transferStake: async (_signer, netuid, { to, hotkey, alpha }) => {
      sent.push(`transfer ${alpha} of ${hotkey} to ${to} on ${netuid}`);
      staked -= alpha;
      return inclusion(42);
    },
    ...change,
  };
  return { chain, sent, stake: (alpha: bigint) => (staked += alpha) };
};

describe('pay', () => {
  it('stakes the fee, hands over what it bought, and says where', async () => {
    const { chain, sent } = chainThat();
    const steps: string[] = [];
    assert.deepEqual(await pay(chain, coldkey, plan, (step) => steps.push(step)), {
      block: 42,
      extrinsicIndex: 4,
    });
    assert.deepEqual(sent, [
      `stake 50000000 with ${BURN_HOTKEY} on 3`,
      `transfer ${ALPHA} of ${BURN_HOTKEY} to ${PAYEE} on 3`,
    ]);
    assert.deepEqual(steps, ['staking', 'handing over']);
  });

  it('hands over what is staked already without buying anything', async () => {
    const { chain, sent, stake } = chainThat();
    stake(10n ** 9n);
    await pay(chain, coldkey, { ...plan, fromStake: true });
    assert.deepEqual(sent, [`transfer 50000000 of ${BURN_HOTKEY} to ${PAYEE} on 3`]);
  });

  it('asks for no more than is there when shares of the pool have rounded down', async () => {
    const { chain, sent } = chainThat({ stakeOf: async () => ALPHA - 3n });
    await pay(chain, coldkey, plan);
    assert.match(sent[1] ?? '', new RegExp(`^transfer ${ALPHA - 3n} `));
  });

  it('does not give up what was staked when the chain is away while it waits for finality', async () => {
    let looks = 0;
    const { chain, sent } = chainThat({
      finalizedHead: async () => {
        looks += 1;
        if (looks === 1) throw crusadesError('chain_unreachable', { endpoint: 'x', reason: 'y' });
        return { number: 50, hash: '0x' };
      },
    });
    assert.deepEqual(await pay(chain, coldkey, plan), { block: 42, extrinsicIndex: 4 });
    assert.equal(sent.length, 2);
  });

  it('names the place that a reorganisation has moved the payment to', async () => {
    const moved: TransactionPlace = { block: 44, extrinsicIndex: 2 };
    const { chain } = chainThat({
      findTransaction: async (wanted) =>
        'extrinsicHash' in wanted && wanted.extrinsicHash === '0x42'
          ? moved
          : { block: 40, extrinsicIndex: 1 },
    });
    assert.deepEqual(await pay(chain, coldkey, plan), moved);
  });

  it('passes on what the chain refuses before anything is staked', async () => {
    const refusal = crusadesError('chain_call_refused', {
      call: 'add_stake',
      reason: 'SubtensorModule.SubtokenDisabled',
    });
    const { chain, sent } = chainThat({ addStake: () => Promise.reject(refusal) });
    await assert.rejects(pay(chain, coldkey, plan), { code: 'chain_call_refused' });
    assert.deepEqual(sent, []);
  });

  it('says that what was staked is not lost when it cannot be handed over', async () => {
    const refusal = crusadesError('chain_call_refused', {
      call: 'transfer_stake',
      reason: 'SubtensorModule.TransferDisallowed',
    });
    const { chain } = chainThat({ transferStake: () => Promise.reject(refusal) });
    await assert.rejects(pay(chain, coldkey, plan), {
      code: 'payment_incomplete',
      message: /0.049 alpha.*TransferDisallowed/,
      remedy: /--from-stake/,
    });
  });

  it('goes on when the stake of which no answer came is there after all, and stakes no second time', async () => {
    const { chain, sent, stake } = chainThat();
    let asked = 0;
    const lost = { ...chain, addStake: async () => ((asked += 1), stake(ALPHA), Promise.reject(unknown())) };
    assert.deepEqual(await pay(lost, coldkey, plan), { block: 42, extrinsicIndex: 4 });
    assert.equal(asked, 1);
    assert.equal(sent.length, 1);
  });

  it('says that the outcome is unknown when the stake does not show', async () => {
    const { chain } = chainThat({ addStake: () => Promise.reject(unknown()) });
    await assert.rejects(pay(chain, coldkey, plan), { code: 'chain_outcome_unknown' });
  });

  it('finds the transfer of which no answer came by its signer, and sends no second one', async () => {
    let asked = 0;
    const { chain } = chainThat();
    const lost: PayingChain = {
      ...chain,
      transferStake: () => ((asked += 1), Promise.reject(unknown())),
      findTransaction: async (wanted, from, to) =>
        'signer' in wanted && wanted.signer === PAYER && wanted.call === 'SubtensorModule.transfer_stake'
          ? { block: 49, extrinsicIndex: 7 }
          : chain.findTransaction(wanted, from, to),
    };
    assert.deepEqual(await pay(lost, coldkey, plan), { block: 49, extrinsicIndex: 7 });
    assert.equal(asked, 1);
  });

  it('does not wait without end for a transaction that no final block holds', async () => {
    const { chain } = chainThat({ findTransaction: async () => null });
    const bought = { ...chain, stakeOf: async () => 0n };
    await assert.rejects(pay(bought, coldkey, plan), { code: 'chain_outcome_unknown' });
    await assert.rejects(pay(chain, coldkey, plan), {
      code: 'payment_incomplete',
      message: /no answer came/,
    });
  });
});

describe('planPayment', () => {
  const settings = {
    burn_uid: 1,
    payment: { enabled: true, fee_rao: 50_000_000, address: PAYEE, valid_blocks: 50 },
  };
  const chain = (free: bigint, staked = 0n, quote: bigint | null = 50_000_000n) => ({
    head: async () => ({ number: 7, hash: '0x7' }),
    hotkeysOf: async () => [BURN_HOTKEY],
    ownerOf: async () => PAYEE,
    alphaFor: async () => quote,
    balanceOf: async () => free,
    stakeOf: async () => staked,
  });

  it('tells the terms, the price and what the coldkey has', async () => {
    assert.deepEqual(await planPayment(chain(10n ** 9n), NETUID, settings, PAYER), {
      ...{ terms, coldkey: PAYER, free: 10n ** 9n, quotedAlpha: 50_000_000n, fromStake: false },
    });
  });

  it('refuses before anything is sent when the balance does not cover fee and transactions', () =>
    assert.rejects(planPayment(chain(50_999_999n), NETUID, settings, PAYER), {
      code: 'payment_funds_short',
      message: /has 0.050999999 TAO; fee and transactions take 0.051 TAO/,
    }));

  it('needs no TAO but for the transaction when the stake is there', async () => {
    const { fromStake } = await planPayment(chain(1_000_000n, 45_000_000n), NETUID, settings, PAYER, true);
    assert.ok(fromStake);
  });

  it('says how much is staked when that does not suffice', () =>
    assert.rejects(planPayment(chain(10n ** 9n, 44_999_999n), NETUID, settings, PAYER, true), {
      code: 'argument_invalid',
      message: /--from-stake.*0.044999999 alpha/,
    }));

  it('does not pay where there is no price', () =>
    assert.rejects(planPayment(chain(10n ** 9n, 0n, null), NETUID, settings, PAYER), {
      code: 'payment_unpriced',
    }));
});

describe('amountText', () => {
  for (const [rao, text] of [
    [0n, '0'],
    [1n, '0.000000001'],
    [50_000_000n, '0.05'],
    [12_000_000_001n, '12.000000001'],
    [21_000_000_000_000_000n, '21000000'],
  ] as const) {
    it(`writes ${rao} rao as ${text}`, () => assert.equal(amountText(rao), text));
  }
});
