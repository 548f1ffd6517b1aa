import { setFree, Withdraw } from '../pallets/balances.js';
import * as system from '../pallets/system.js';
import { CurrentSlot } from '../pallets/aura.js';
import { writePulse, type Pulse } from '../pallets/drand.js';
import { setTimestamp } from '../pallets/timestamp.js';
import { TransactionFeePaid } from '../pallets/transaction-payment.js';
import { transactionally, type Context, type Origin } from '../runtime/context.js';
import { DispatchFailure, type DispatchError } from '../runtime/errors.js';
import type { Pallet, RuntimeCall, RuntimeEvent } from '../runtime/pallet.js';
import { Overlay, type StateReader } from '../runtime/state.js';
import type { ValueOf } from '../scale/index.js';
import { auraDigest, extrinsicsRootOf, hashOf, rootAfter, type Block, type Changes } from './block.js';
import { decodeExtrinsic, unsignedExtrinsic, withoutLength, type Extrinsic } from './extrinsic.js';
import { checkTransaction, InvalidTransaction, type ChainFacts } from './validity.js';

/** What a block is made from. */
export interface Proposal {
  readonly parent: Block;
  readonly state: StateReader;
  readonly facts: ChainFacts;
  /** Unix milliseconds. */
  readonly timestamp: number;
  readonly slot: number;
  readonly pallets: readonly Pallet[];
  /** With length prefixes, in the order in which they are tried. */
  readonly transactions: readonly Uint8Array[];
  readonly pulses: readonly Pulse[];
  /** Changes from outside the runtime, made before anything else; only tests make them. */
  readonly injections: readonly ((context: Context) => void)[];
}

export interface Production {
  readonly block: Block;
  readonly changes: Changes;
  /** Transactions that turned out not to be valid, with the reason. They are in no block. */
  readonly refused: ReadonlyMap<Uint8Array, string>;
}

/**
 * Makes a block in the runtime's order: hooks, the timestamp, transactions, then the beacon's pulses, which the next
 * block's hooks are the first to see.
 */
export const produceBlock = (proposal: Proposal): Production => {
  const author = new Author(proposal);
  author.initialize();
  author.include(setTimestamp({ now: BigInt(proposal.timestamp) }));
  for (const transaction of proposal.transactions) author.tryTransaction(transaction);
  for (const pulse of proposal.pulses) author.include(pulseCall(pulse, author.number));
  return author.finish();
};

type EventRecord = ValueOf<typeof system.Events.value>[number];
type Phase = system.Phase;

class Author {
  readonly number: number;
  readonly #overlay: Overlay;
  readonly #events: EventRecord[] = [];
  readonly #extrinsics: Uint8Array[] = [];
  readonly #refused = new Map<Uint8Array, string>();
  #phase: Phase = { kind: 'Initialization', value: null };

  constructor(private readonly proposal: Proposal) {
    this.number = proposal.parent.header.number + 1;
    this.#overlay = new Overlay(proposal.state);
  }

  initialize(): void {
    const { parent, slot, pallets, injections } = this.proposal;
    const state = this.#overlay;
    system.BlockNumber.put(state, this.number);
    system.ParentHash.put(state, parent.hash);
    system.BlockHash.put(state, this.number - 1, parent.hash);
    const old = this.number - 1 - system.BLOCK_HASH_COUNT;
    // That of the genesis block is kept for ever.
    if (old > 0) system.BlockHash.remove(state, old);
    system.CurrentDigest.put(state, auraDigest(slot));
    CurrentSlot.put(state, BigInt(slot));
    injections.forEach((inject) => inject(this.#context));
    for (const { onInitialize } of pallets) onInitialize?.(this.#context);
  }

  /** Puts in an extrinsic of the node's own. */
  include(call: RuntimeCall): void {
    this.#begin();
    const error = this.#dispatch(call, { kind: 'none' });
    this.#conclude(call, error, 'Mandatory', unsignedExtrinsic(call));
  }

  tryTransaction(bytes: Uint8Array): void {
    const body = withoutLength(bytes);
    const extrinsic = body && decodeExtrinsic(body).extrinsic;
    if (!extrinsic) return void this.#refused.set(bytes, 'it does not decode');
    try {
      this.#apply(bytes, extrinsic);
    } catch (error) {
      if (!(error instanceof InvalidTransaction)) throw error;
      this.#refused.set(bytes, error.message);
    }
  }

  finish(): Production {
    const { parent } = this.proposal;
    const state = this.#overlay;
    system.Events.put(state, this.#events);
    system.EventCount.put(state, this.#events.length);
    system.ExtrinsicCount.put(state, this.#extrinsics.length);
    const header = {
      parentHash: parent.hash,
      number: this.number,
      stateRoot: rootAfter(parent.header.stateRoot, state.changes),
      extrinsicsRoot: extrinsicsRootOf(this.#extrinsics),
      digest: system.CurrentDigest.get(state),
    };
    const block = { hash: hashOf(header), header, extrinsics: this.#extrinsics };
    return { block, changes: state.changes, refused: this.#refused };
  }

  get #context(): Context {
    return {
      state: this.#overlay,
      block: this.number,
      deposit: (event: RuntimeEvent) => this.#events.push({ phase: this.#phase, event, topics: [] }),
    };
  }

  #begin(): void {
    this.#phase = { kind: 'ApplyExtrinsic', value: this.#extrinsics.length };
  }

  /** @throws InvalidTransaction before anything has changed */
  #apply(bytes: Uint8Array, extrinsic: Extrinsic): void {
    this.#begin();
    const context = this.#context;
    const { who, fee, tip } = checkTransaction(context, this.proposal.facts, extrinsic, bytes.length, true);
    const account = system.Account.get(context.state, who);
    system.Account.put(context.state, who, { ...account, nonce: account.nonce + 1 });
    if (fee > 0n) {
      setFree(context, who, account.data.free - fee);
      context.deposit(Withdraw({ who, amount: fee }));
    }
    const { call } = extrinsic;
    const error = this.#dispatch(call, { kind: 'signed', who });
    context.deposit(TransactionFeePaid({ who, actual_fee: fee, tip }));
    this.#conclude(call, error, 'Normal', bytes);
  }

  #dispatch(call: RuntimeCall, origin: Origin): DispatchError | null {
    try {
      transactionally(this.#context, (inner) => call.dispatch(inner, origin));
      return null;
    } catch (error) {
      if (error instanceof DispatchFailure) return error.error;
      // A defect of ours: it fails the call, whose changes are undone, not the chain.
      process.stderr.write(`${call.pallet}.${call.name} failed unexpectedly: ${String(error)}\n`);
      return { kind: 'Other', value: null };
    }
  }

  #conclude(
    call: RuntimeCall,
    error: DispatchError | null,
    dispatchClass: 'Normal' | 'Mandatory',
    bytes: Uint8Array,
  ): void {
    const dispatch_info = {
      weight: { ref_time: BigInt(call.weight), proof_size: 0n },
      class: dispatchClass,
      pays_fee: call.pays ? ('Yes' as const) : ('No' as const),
    };
    this.#context.deposit(
      error
        ? system.ExtrinsicFailed({ dispatch_error: error, dispatch_info })
        : system.ExtrinsicSuccess({ dispatch_info }),
    );
    this.#extrinsics.push(bytes);
  }
}

const pulseCall = (pulse: Pulse, block: number): RuntimeCall =>
  writePulse({
    pulses_payload: {
      block_number: block,
      pulses: [pulse],
      public: { kind: 'Sr25519', value: '00'.repeat(32) },
    },
    signature: null,
  });
