import assert from 'node:assert/strict';

import { encodeAddress } from '@polkadot/util-crypto';

import type { ChainEvent, Transaction } from '../../../lib/chain/index.js';
import { judgePayment, type Expectation } from '../../../lib/payment/judge.js';
import {
  ALPHA,
  ARGS,
  BURN_HOTKEY,
  event,
  EVENTS,
  MINER,
  NETUID,
  PAYEE,
  PAYER,
  STRANGER,
  transaction,
} from './facts.js';

const expected: Expectation = {
  terms: { netuid: NETUID, payee: PAYEE, hotkey: BURN_HOTKEY, feeRao: 50_000_000n },
  hotkey: MINER,
  owner: PAYER,
  leastAlpha: 45_000_000n,
};

const judge = (change: Partial<Transaction> = {}) => judgePayment(transaction(change), expected);
const refused = (change: Partial<Transaction>, code: string, text: RegExp) =>
  assert.throws(() => judge(change), { code, message: text });
const withArgs = (args: Readonly<Record<string, unknown>>): Partial<Transaction> => ({
  call: { name: 'SubtensorModule.transfer_stake', args: { ...ARGS, ...args } },
});
const withEvents = (...events: readonly ChainEvent[]): Partial<Transaction> => ({ events });
const { withdrawn, removed, added, transferred, feePaid, success } = EVENTS;
const changed = (of: ChainEvent, index: number, value: unknown): ChainEvent => ({
  ...of,
  values: of.values.with
    ? of.values.with(index, value)
    : of.values.map((each, at) => (at === index ? value : each)),
});

describe('judgePayment', () => {
  it('takes a transfer of stake from the hotkey’s owner to the payee', () => {
    assert.deepEqual(judge(), { block: 100, extrinsicIndex: 2, payer: PAYER, alpha: ALPHA });
  });

  it('takes amounts that polkadot-js writes in hex', () => {
    const hex = `0x${ALPHA.toString(16).padStart(16, '0')}`;
    const events = [changed(removed, 3, hex), changed(added, 3, hex), transferred, success];
    assert.equal(judge({ events }).alpha, ALPHA);
  });

  it('takes addresses that are written for another network', () => {
    const terms = { ...expected.terms, payee: encodeAddress(PAYEE, 0) };
    assert.equal(judgePayment(transaction(), { ...expected, terms }).alpha, ALPHA);
  });

  for (const name of [
    'SubtensorModule.add_stake',
    'SubtensorModule.transfer_stake_and_hotkey',
    'Balances.transfer_keep_alive',
    'Utility.batch_all',
    'Proxy.proxy',
  ]) {
    it(`refuses ${name}, whatever its events say`, () =>
      refused({ call: { name, args: ARGS } }, 'payment_invalid', new RegExp(`it calls ${name}`)));
  }

  for (const [argument, value] of [
    ['destination_coldkey', STRANGER],
    ['hotkey', MINER],
    ['origin_netuid', 4],
    ['destination_netuid', 4],
    ['destination_coldkey', undefined],
  ] as const) {
    it(`refuses one whose ${argument} is ${value}`, () =>
      refused(withArgs({ [argument]: value }), 'payment_invalid', new RegExp(`its ${argument} is ${value}`)));
  }

  it('refuses one of another coldkey, and names both', () =>
    refused({ signer: STRANGER }, 'payment_foreign', new RegExp(`by ${STRANGER}.* belonged to ${PAYER}`)));

  it('refuses what nobody signed', () => refused({ signer: null }, 'payment_invalid', /nobody signed/));

  it('refuses one that failed', () => {
    const failed = event('System', 'ExtrinsicFailed', { module: {} }, {});
    refused(withEvents(withdrawn, feePaid, failed), 'payment_invalid', /failed on chain/);
  });

  it('refuses one of which the chain does not say that it succeeded', () =>
    refused(withEvents(removed, added, transferred), 'payment_invalid', /does not say that it succeeded/));

  it('refuses one without any event', () => refused(withEvents(), 'payment_invalid', /does not say/));

  it('counts what has moved, not what was asked for', () => {
    const little = [changed(removed, 3, 2_000_000), changed(added, 3, 2_000_000), transferred, success];
    refused(
      { ...withArgs({ alpha_amount: '0xffffffffffffffff' }), events: little },
      'payment_short',
      /moved 0.002 alpha; the fee was at least 0.045 alpha/,
    );
  });

  it('takes exactly the least amount, and refuses one rao less', () => {
    const moved = (alpha: number) =>
      withEvents(changed(removed, 3, alpha), changed(added, 3, alpha), transferred, success);
    assert.equal(judge(moved(45_000_000)).alpha, 45_000_000n);
    refused(moved(44_999_999), 'payment_short', /moved 0.044999999/);
  });

  for (const [what, events] of [
    ['no stake moved', [withdrawn, success]],
    ['the events come in another order', [added, removed, transferred, success]],
    ['one of the three is missing', [removed, added, success]],
    ['there are two transfers', [removed, added, transferred, removed, added, transferred, success]],
    ['stake moved once more', [removed, added, transferred, added, success]],
  ] as const) {
    it(`refuses one where ${what}`, () =>
      refused(withEvents(...events), 'payment_invalid', /its stake events are/));
  }

  for (const [what, events] of [
    ['another coldkey got it', [removed, changed(added, 0, STRANGER), transferred]],
    ['it came from another coldkey', [changed(removed, 0, STRANGER), added, transferred]],
    ['it is staked with another hotkey', [removed, changed(added, 1, MINER), transferred]],
    ['it arrived on another subnet', [removed, changed(added, 4, 4), transferred]],
    ['the transfer went to another coldkey', [removed, added, changed(transferred, 1, STRANGER)]],
    ['more arrived than left', [removed, changed(added, 3, 60_000_000), transferred]],
    ['the amount is not a number', [removed, changed(added, 3, 'much'), transferred]],
  ] as const) {
    it(`refuses one of which the events say that ${what}`, () =>
      refused(withEvents(...events, success), 'payment_invalid', /do not agree with its call/));
  }
});
