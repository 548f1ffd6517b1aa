import { generateBeaconKey, type BeaconKey } from '../../timelock/index.js';
import { writeGenesis, type GenesisOptions } from '../genesis.js';
import { BeaconConfig, type Pulse } from '../pallets/drand.js';
import { Now } from '../pallets/timestamp.js';
import { specVersionOf } from '../pallets/system.js';
import type { Context } from '../runtime/context.js';
import type { Runtime } from '../runtime/runtime.js';
import { Overlay } from '../runtime/state.js';
import { produceBlock } from './author.js';
import { extrinsicsRootOf, hashOf, rootAfter, type Block } from './block.js';
import { Journal, type ChainIdentity, type SavedChain } from './journal.js';
import { Pool } from './pool.js';
import type { ChainFacts } from './validity.js';
import { VersionedState, type StoredState } from './versioned-state.js';

/** Blocks whose state is kept, as ordinary nodes do. Bodies are kept for ever. */
export const KEPT_STATES = 256;

const ZERO_ROOT = '00'.repeat(32);

export type HeadListener = (block: Block) => void;

/** The blocks, their states and the pool: everything of the node that needs no clock and no socket. */
export class Chain implements ChainFacts {
  readonly pool = new Pool(this);
  readonly #blocks: Block[] = [];
  readonly #byHash = new Map<string, Block>();
  readonly #state = new VersionedState(KEPT_STATES);
  readonly #newHeads = new Set<HeadListener>();
  readonly #finalHeads = new Set<HeadListener>();
  /** Which spec version runs from which block on. */
  readonly #runtimes: { readonly from: number; readonly specVersion: number }[] = [];
  #journal: Journal | null;
  #finalized = 0;
  /** Finality goes no further while it is set. */
  finalityStands = false;

  private constructor(
    readonly runtime: Runtime,
    readonly beaconSecret: Uint8Array,
    journal: Journal | null,
    private readonly finalityLag: number,
  ) {
    this.#journal = journal;
  }

  /** A new chain, or the one in `statePath` as it was left. Genesis options matter to a new one only. */
  static start(
    runtime: Runtime,
    options: {
      readonly genesis: GenesisOptions;
      readonly nowMs: number;
      readonly seed: Uint8Array | undefined;
      readonly statePath: string | undefined;
      readonly finalityLag: number;
    },
  ): Chain {
    const { statePath, finalityLag } = options;
    const saved = statePath === undefined ? null : Journal.load(statePath);
    if (saved && statePath !== undefined) {
      const { identity, blocks } = saved;
      const chain = new Chain(runtime, identity.beaconSecret, Journal.open(statePath), finalityLag);
      for (const { block, changes } of blocks) chain.#enter(block, changes);
      // Every block changes something; those whose state was given up have been saved without it.
      chain.#state.beginAt(blocks.findIndex(({ changes }) => changes.size > 0));
      chain.#finalized = Math.max(0, chain.head.header.number - finalityLag);
      return chain;
    }
    const key = generateBeaconKey(options.seed);
    const genesis = makeGenesis(options.genesis, key, options.nowMs);
    const identity: ChainIdentity = { beaconSecret: key.secret };
    const journal =
      statePath === undefined ? null : Journal.create(statePath, { identity, blocks: [genesis] });
    const chain = new Chain(runtime, key.secret, journal, finalityLag);
    chain.#enter(genesis.block, genesis.changes);
    return chain;
  }

  get head(): Block {
    return this.#blocks.at(-1) as Block;
  }

  get finalizedHead(): Block {
    return this.#blocks[this.#finalized] as Block;
  }

  get genesisHash(): string {
    return (this.#blocks[0] as Block).hash;
  }

  get beaconPublicKey(): Uint8Array {
    return BeaconConfig.get(this.state).public_key;
  }

  /** State after the newest block. */
  get state(): StoredState {
    return this.#state.at(this.head.header.number);
  }

  /** State after a block, or null when it is no longer kept: too old, or of a branch that was given up. */
  stateAfter({ hash, header }: Block): StoredState | null {
    const isKept = header.number >= this.#state.oldest && this.hashOf(header.number) === hash;
    return isKept ? this.#state.at(header.number) : null;
  }

  /** Spec version of the runtime after a block. */
  specVersionAt({ header }: Block): number {
    return this.#runtimes.findLast(({ from }) => from <= header.number)?.specVersion ?? 0;
  }

  block(number: number): Block | null {
    return this.#blocks[number] ?? null;
  }

  blockOf(hash: string): Block | null {
    return this.#byHash.get(hash) ?? null;
  }

  hashOf(number: number): string | null {
    return this.block(number)?.hash ?? null;
  }

  /** What a transaction is checked against: the state that the next block starts from. Changes to it go nowhere. */
  get upcoming(): Context {
    return {
      state: new Overlay(this.state),
      block: this.head.header.number + 1,
      deposit: () => undefined,
    };
  }

  /** Makes the next block and tells the listeners. */
  advance(
    nowMs: number,
    pulses: readonly Pulse[] = [],
    injections: readonly ((context: Context) => void)[] = [],
  ): Block {
    const { blockTimeMs } = this.runtime.settings;
    // Blocks made faster than the clock still move it, by the least that the runtime takes.
    const earliest = Number(Now.get(this.state)) + Math.max(1, Math.floor(blockTimeMs / 2));
    const timestamp = Math.max(Math.floor(nowMs), earliest);
    const { block, changes, refused } = produceBlock({
      parent: this.head,
      state: this.state,
      facts: this,
      timestamp,
      slot: Math.floor(timestamp / blockTimeMs),
      pallets: this.runtime.pallets,
      transactions: this.pool.ready(),
      pulses,
      injections,
    });
    this.#journal?.append(block, changes);
    this.#enter(block, changes);
    this.#newHeads.forEach((listener) => listener(block));
    this.pool.settle(block, refused);
    this.#finalize();
    return block;
  }

  /**
   * Gives up the newest blocks, as if they had never been: what they held waits in the pool again. Their headers and
   * bodies can still be asked for by hash, as on a real node; their states cannot.
   *
   * @param to the block that becomes the head
   * @throws RangeError for a block that is not kept; finality goes back with the head, which only a restored snapshot may
   */
  takeBack(to: number): void {
    const { number } = this.head.header;
    if (!(to >= this.#state.oldest && to <= number)) {
      throw new RangeError(`there is no way back from block ${number} to ${to}`);
    }
    while (this.head.header.number > to) {
      const block = this.#blocks.pop() as Block;
      this.#state.takeBack(block.header.number);
      if ((this.#runtimes.at(-1)?.from ?? 0) > to) this.#runtimes.pop();
      this.pool.retract(block.hash);
    }
    this.#finalized = Math.min(this.#finalized, to);
    this.#rewrite();
  }

  onNewHead(listener: HeadListener): () => void {
    this.#newHeads.add(listener);
    return () => this.#newHeads.delete(listener);
  }

  onFinalizedHead(listener: HeadListener): () => void {
    this.#finalHeads.add(listener);
    return () => this.#finalHeads.delete(listener);
  }

  /** Ends the chain's file, written anew with no more than what the next start needs. */
  close(): void {
    this.#rewrite();
    this.#journal?.close();
  }

  /** Writes the chain to a file of its own, for a later start to go on with. @throws devnet_state_unwritable */
  saveTo(path: string): void {
    Journal.create(path, this.#saved()).close();
  }

  #rewrite(): void {
    if (!this.#journal) return;
    const { path } = this.#journal;
    this.#journal.close();
    this.#journal = Journal.create(path, this.#saved());
  }

  #saved(): SavedChain {
    const floor = Math.max(this.#state.oldest, this.head.header.number - KEPT_STATES);
    const changes = this.#state.changesFrom(floor);
    const blocks = this.#blocks.map((block) => ({
      block,
      changes: changes.get(block.header.number) ?? new Map<string, null>(),
    }));
    return { identity: { beaconSecret: this.beaconSecret }, blocks };
  }

  #enter(block: Block, changes: Iterable<readonly [string, Uint8Array | null]>): void {
    this.#blocks.push(block);
    this.#byHash.set(block.hash, block);
    const { number } = block.header;
    this.#state.commit(number, changes);
    const specVersion = specVersionOf(this.#state.at(number));
    if (this.#runtimes.at(-1)?.specVersion !== specVersion)
      this.#runtimes.push({ from: number, specVersion });
  }

  #finalize(): void {
    const target = this.finalityStands ? 0 : this.head.header.number - this.finalityLag;
    while (this.#finalized < target) {
      this.#finalized += 1;
      const block = this.finalizedHead;
      this.#finalHeads.forEach((listener) => listener(block));
      this.pool.finalize(block.hash);
    }
  }
}

const makeGenesis = (options: GenesisOptions, { publicKey }: BeaconKey, nowMs: number) => {
  const state = new Overlay({ get: () => undefined, keys: () => [] });
  writeGenesis({ state, block: 0, deposit: () => undefined }, options, publicKey, nowMs);
  const header = {
    parentHash: ZERO_ROOT,
    number: 0,
    stateRoot: rootAfter(ZERO_ROOT, state.changes),
    extrinsicsRoot: extrinsicsRootOf([]),
    digest: { logs: [] },
  };
  const block: Block = { hash: hashOf(header), header, extrinsics: [] };
  return { block, changes: state.changes };
};
