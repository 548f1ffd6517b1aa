import type { ChainEvent, Transaction } from '../../../lib/chain/index.js';
import { keyFromUri } from '../../../lib/wallet/index.js';

/** A payment as a chain shows it, with what a test says about it. */

export const PAYER = keyFromUri('//Dave').address;
export const PAYEE = keyFromUri('//Ferdie').address;
export const BURN_HOTKEY = keyFromUri('//Alice//burn').address;
export const MINER = keyFromUri('//Dave//miner').address;
export const STRANGER = keyFromUri('//Eve').address;
export const NETUID = 3;
export const ALPHA = 49_000_000n;

export const event = (pallet: string, name: string, ...values: readonly unknown[]): ChainEvent => ({
  pallet,
  name,
  values,
});

const amounts = [49_500_000, Number(ALPHA), NETUID, 0] as const;

/** In the order in which the runtime deposits them. */
export const EVENTS = {
  withdrawn: event('Balances', 'Withdraw', PAYER, 12_345),
  removed: event('SubtensorModule', 'StakeRemoved', PAYER, BURN_HOTKEY, ...amounts),
  added: event('SubtensorModule', 'StakeAdded', PAYEE, BURN_HOTKEY, ...amounts),
  transferred: event(
    ...([
      'SubtensorModule',
      'StakeTransferred',
      PAYER,
      PAYEE,
      BURN_HOTKEY,
      NETUID,
      NETUID,
      49_500_000,
    ] as const),
  ),
  feePaid: event('TransactionPayment', 'TransactionFeePaid', PAYER, 12_345, 0),
  success: event('System', 'ExtrinsicSuccess', {}),
} as const;

export const ARGS = {
  destination_coldkey: PAYEE,
  hotkey: BURN_HOTKEY,
  origin_netuid: NETUID,
  destination_netuid: NETUID,
  alpha_amount: Number(ALPHA),
} as const;

export const transaction = (change: Partial<Transaction> = {}): Transaction => ({
  block: 100,
  blockHash: '0x64',
  parentHash: '0x63',
  extrinsicIndex: 2,
  extrinsicHash: '0xaa',
  signer: PAYER,
  call: { name: 'SubtensorModule.transfer_stake', args: ARGS },
  events: Object.values(EVENTS),
  ...change,
});
