import type { ChainHead } from './types.js';

/** An event of a transaction: names as in the runtime, values as polkadot-js's plain JSON. */
export interface ChainEvent {
  readonly pallet: string;
  readonly name: string;
  readonly values: readonly unknown[];
}

/** A transaction in a block, with what the chain says it did. */
export interface Transaction {
  readonly block: number;
  readonly blockHash: string;
  readonly parentHash: string;
  readonly extrinsicIndex: number;
  readonly extrinsicHash: string;
  /** SS58; null for what a block's author puts in (inherents). */
  readonly signer: string | null;
  readonly call: {
    /** `SubtensorModule.transfer_stake`, as the runtime names it. */
    readonly name: string;
    /** By their names in the runtime; values as plain JSON. */
    readonly args: Readonly<Record<string, unknown>>;
  };
  /** In the order in which they happened. */
  readonly events: readonly ChainEvent[];
}

/**
 * Reads what a payment is judged by. State that the node has discarded is asked of the archive, where one is
 * configured; without one these throw `chain_state_discarded`.
 */
export interface TransactionReader {
  /** Null when the chain has no such block, or it no such transaction. */
  transactionAt(block: number, extrinsicIndex: number): Promise<Transaction | null>;
  /** Where the first such transaction is among these blocks, both included; null when in none. */
  findTransaction(wanted: WantedTransaction, from: number, to: number): Promise<TransactionPlace | null>;
  /** Coldkey that owns a hotkey; null when the chain does not know the hotkey. */
  ownerOf(hotkey: string, at: Pick<ChainHead, 'hash'>): Promise<string | null>;
  /** Alpha that so much TAO buys on a subnet, both in rao; null when the chain names no price. */
  alphaFor(netuid: number, rao: bigint, at: Pick<ChainHead, 'hash'>): Promise<bigint | null>;
  /** Alpha that a coldkey has staked with a hotkey, in rao, at the best head. */
  stakeOf(netuid: number, hotkey: string, coldkey: string): Promise<bigint>;
}

/** Where a transaction stands. */
export interface TransactionPlace {
  readonly block: number;
  readonly extrinsicIndex: number;
}

/** A transaction by its hash, or by who signed which call, named as in {@link Transaction}. */
export type WantedTransaction =
  { readonly extrinsicHash: string } | { readonly signer: string; readonly call: string };
