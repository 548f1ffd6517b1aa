import { decodeAddress } from '@polkadot/util-crypto';
import { u8aEq } from '@polkadot/util';

import type { ChainEvent, PaymentReference, Transaction } from '../chain/index.js';
import { crusadesError } from '../errors/index.js';
import { amountText } from './amounts.js';
import type { PaymentTerms } from './terms.js';

/** What a payment has to have been, at its own block. */
export interface Expectation {
  readonly terms: PaymentTerms;
  /** The miner. */
  readonly hotkey: string;
  /** Coldkey that owned the miner's hotkey. */
  readonly owner: string;
  /** In rao. */
  readonly leastAlpha: bigint;
}

/** A payment that counts. */
export interface JudgedPayment extends PaymentReference {
  /** Coldkey that paid. */
  readonly payer: string;
  /** Alpha that has reached the payee, in rao. */
  readonly alpha: bigint;
}

/**
 * Decides whether a transaction is the payment that it is said to be. Only a `transfer_stake` of its own counts, not
 * one inside a batch or a proxy's call; and only what its events say has moved, because a call may ask for more than
 * there is and succeed with less (runtimes up to spec 425).
 *
 * @throws `payment_invalid`, `payment_foreign`, `payment_short`
 */
export const judgePayment = (transaction: Transaction, expected: Expectation): JudgedPayment => {
  const { block, extrinsicIndex, signer } = transaction;
  const payment = paymentName({ block, extrinsicIndex });
  const refuse = (reason: string) => crusadesError('payment_invalid', { payment, reason });

  requireCall(transaction, expected.terms, refuse);
  if (signer === null) throw refuse('nobody signed it');
  requireSuccess(transaction, refuse);
  if (!isSameAccount(signer, expected.owner)) {
    const { hotkey, owner } = expected;
    throw crusadesError('payment_foreign', { payment, payer: signer, hotkey, owner });
  }
  const alpha = alphaMoved(transaction.events, signer, expected.terms, refuse);
  if (alpha < expected.leastAlpha) {
    const details = { paid: amountText(alpha), needed: amountText(expected.leastAlpha) };
    throw crusadesError('payment_short', { payment, ...details });
  }
  return { block, extrinsicIndex, payer: signer, alpha };
};

/** `<block>:<extrinsic index>`, as it stands in a commitment. */
export const paymentName = ({ block, extrinsicIndex }: PaymentReference): string =>
  `${block}:${extrinsicIndex}`;

type Refuse = (reason: string) => Error;

const CALL = 'SubtensorModule.transfer_stake';

const requireCall = ({ call }: Transaction, terms: PaymentTerms, refuse: Refuse): void => {
  if (call.name !== CALL) throw refuse(`it calls ${call.name}, not ${CALL}`);
  const wanted: readonly (readonly [argument: string, value: string | number])[] = [
    ['destination_coldkey', terms.payee],
    ['hotkey', terms.hotkey],
    ['origin_netuid', terms.netuid],
    ['destination_netuid', terms.netuid],
  ];
  for (const [argument, value] of wanted) {
    const given = call.args[argument];
    if (!isSame(given, value)) throw refuse(`its ${argument} is ${String(given)}, not ${value}`);
  }
};

const requireSuccess = ({ events }: Transaction, refuse: Refuse): void => {
  if (events.some((event) => isEvent(event, 'System', 'ExtrinsicFailed'))) throw refuse('it failed on chain');
  const [last] = events.slice(-1);
  if (!last || !isEvent(last, 'System', 'ExtrinsicSuccess'))
    throw refuse('the chain does not say that it succeeded');
};

/** The three events of a transfer of stake, in the order in which the runtime deposits them, and no other of the kind. */
const STAKE_EVENTS = ['StakeRemoved', 'StakeAdded', 'StakeTransferred'] as const;

/**
 * What the payee has got. Fields: `StakeRemoved` and `StakeAdded` (coldkey, hotkey, tao, alpha, netuid, fee),
 * `StakeTransferred` (from, to, hotkey, origin netuid, destination netuid, tao).
 */
const alphaMoved = (
  events: readonly ChainEvent[],
  payer: string,
  { payee, hotkey, netuid }: PaymentTerms,
  refuse: Refuse,
): bigint => {
  const stake = events.filter(({ pallet, name }) => pallet === 'SubtensorModule' && /^Stake/.test(name));
  const names = stake.map(({ name }) => name).join(', ') || 'none';
  const [removed, added, transferred] = stake;
  if (!removed || !added || !transferred || names !== STAKE_EVENTS.join(', ')) {
    throw refuse(`its stake events are ${names}, not ${STAKE_EVENTS.join(', ')}`);
  }
  const agrees =
    holds(removed, [payer, hotkey, ANY, ANY, netuid]) &&
    holds(added, [payee, hotkey, ANY, ANY, netuid]) &&
    holds(transferred, [payer, payee, hotkey, netuid, netuid]);
  const taken = amountIn(removed);
  const given = amountIn(added);
  if (!agrees || taken === null || given === null || given > taken) {
    throw refuse('its events do not agree with its call');
  }
  return given;
};

const ANY = Symbol('any value');

const holds = ({ values }: ChainEvent, wanted: readonly (string | number | typeof ANY)[]): boolean =>
  wanted.every((value, index) => value === ANY || isSame(values[index], value));

const amountIn = ({ values }: ChainEvent): bigint | null => {
  const alpha = values[3];
  return typeof alpha === 'number' || (typeof alpha === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(alpha))
    ? BigInt(alpha)
    : null;
};

const isEvent = (event: ChainEvent, pallet: string, name: string): boolean =>
  event.pallet === pallet && event.name === name;

const isSame = (given: unknown, wanted: string | number): boolean =>
  typeof wanted === 'number' ? given === wanted : typeof given === 'string' && isSameAccount(given, wanted);

/** By their public keys: an address may be written for another network. */
const isSameAccount = (a: string, b: string): boolean => {
  if (a === b) return true;
  try {
    return u8aEq(decodeAddress(a), decodeAddress(b));
  } catch {
    return false;
  }
};
