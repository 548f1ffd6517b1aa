import { Account } from '../pallets/system.js';
import { blake256 } from '../runtime/hashing.js';
import type { Context } from '../runtime/context.js';
import { hex, type AccountId } from '../runtime/types.js';
import type { Block } from './block.js';
import { decodeExtrinsic, withoutLength } from './extrinsic.js';
import { checkTransaction, InvalidTransaction, type ChainFacts, type ValidTransaction } from './validity.js';

/** A refusal by the pool, with the codes and texts of `author_submitExtrinsic`. */
export class PoolRefusal extends Error {
  override readonly name = 'PoolRefusal';

  constructor(
    readonly code: number,
    message: string,
    readonly data?: string,
  ) {
    super(message);
  }
}

/** Statuses of `author_extrinsicUpdate`. Hashes are hex without `0x`. */
export type TransactionStatus =
  | 'ready'
  | 'future'
  | 'invalid'
  | { readonly inBlock: string }
  | { readonly retracted: string }
  | { readonly finalized: string };

export type Watcher = (status: TransactionStatus) => void;

interface Pooled extends ValidTransaction {
  readonly hash: string;
  readonly bytes: Uint8Array;
  readonly watchers: Set<Watcher>;
  isReady: boolean;
}

const MOST_POOLED = 8192;
const MOST_IN_A_BLOCK = 1000;
/** Milliseconds for which a transaction that was in a block or found invalid is not taken again. */
const BAN_MS = 30 * 60_000;

/** Transactions that wait for a block. */
export class Pool {
  readonly #byHash = new Map<string, Pooled>();
  readonly #bySender = new Map<string, Pooled>();
  /** What is in blocks that are not final yet, by block. */
  readonly #included = new Map<string, Pooled[]>();
  readonly #bannedUntil = new Map<string, number>();

  constructor(private readonly facts: ChainFacts) {}

  /**
   * Takes a transaction in.
   *
   * @returns its hash, hex
   * @throws PoolRefusal
   */
  submit(bytes: Uint8Array, context: Context, watcher?: Watcher): string {
    const hash = hex(blake256(bytes));
    if ((this.#bannedUntil.get(hash) ?? 0) > Date.now())
      throw new PoolRefusal(1012, 'Transaction is temporarily banned');
    if (this.#byHash.has(hash)) throw new PoolRefusal(1013, 'Transaction Already Imported');
    const valid = this.#check(bytes, context);
    if (this.#find(valid.who, valid.nonce)) {
      throw new PoolRefusal(
        1014,
        'Priority is too low: (1 vs 1)',
        'The transaction has too low priority to replace another transaction already in the pool.',
      );
    }
    if (this.#byHash.size >= MOST_POOLED)
      throw new PoolRefusal(
        1016,
        'Immediately Dropped',
        "The transaction couldn't enter the pool because of the limit",
      );
    const isReady = valid.nonce === this.nextNonce(valid.who, context);
    const pooled: Pooled = { ...valid, hash, bytes, watchers: new Set(watcher ? [watcher] : []), isReady };
    this.#byHash.set(hash, pooled);
    this.#bySender.set(senderKey(valid), pooled);
    tell(pooled.watchers, isReady ? 'ready' : 'future');
    if (isReady) this.#promote(valid.who, valid.nonce + 1);
    return hash;
  }

  /** The nonce after those of the sender's transactions that are in line. */
  nextNonce(who: AccountId, context: Context): number {
    let { nonce } = Account.get(context.state, who);
    while (this.#find(who, nonce)) nonce += 1;
    return nonce;
  }

  /** What the next block may take: each sender's transactions in the order of their nonces. */
  ready(): Uint8Array[] {
    return [...this.#byHash.values()]
      .filter(({ isReady }) => isReady)
      .sort((a, b) => a.nonce - b.nonce)
      .slice(0, MOST_IN_A_BLOCK)
      .map(({ bytes }) => bytes);
  }

  /** Everything that waits, in the order of arrival. */
  pending(): Uint8Array[] {
    return [...this.#byHash.values()].map(({ bytes }) => bytes);
  }

  /** After a block: its transactions leave, invalid and expired ones are dropped. */
  settle(block: Block, refused: ReadonlyMap<Uint8Array, string>): void {
    const { number } = block.header;
    for (const bytes of block.extrinsics) {
      const pooled = this.#byHash.get(hex(blake256(bytes)));
      if (!pooled) continue;
      this.#leave(pooled);
      tell(pooled.watchers, { inBlock: block.hash });
      this.#included.set(block.hash, [...(this.#included.get(block.hash) ?? []), pooled]);
      this.#promote(pooled.who, pooled.nonce + 1);
    }
    const dropped = [...this.#byHash.values()].filter(
      (each) => refused.has(each.bytes) || each.lastBlock <= number,
    );
    for (const pooled of dropped) {
      this.#leave(pooled);
      tell(pooled.watchers, 'invalid');
    }
  }

  finalize(blockHash: string): void {
    for (const { watchers } of this.#included.get(blockHash) ?? []) tell(watchers, { finalized: blockHash });
    this.#included.delete(blockHash);
  }

  /** Forgets everything, as a node that starts anew. */
  clear(): void {
    for (const { watchers } of this.#byHash.values()) tell(watchers, 'invalid');
    for (const known of [this.#byHash, this.#bySender, this.#included, this.#bannedUntil]) known.clear();
  }

  /** A block was given up: what it held waits again. */
  retract(blockHash: string): void {
    for (const pooled of this.#included.get(blockHash) ?? []) {
      this.#bannedUntil.delete(pooled.hash);
      this.#byHash.set(pooled.hash, pooled);
      this.#bySender.set(senderKey(pooled), pooled);
      tell(pooled.watchers, { retracted: blockHash });
    }
    this.#included.delete(blockHash);
  }

  #check(bytes: Uint8Array, context: Context): ValidTransaction {
    const body = withoutLength(bytes);
    if (!body) throw new PoolRefusal(1001, 'Extrinsic has invalid format.');
    const decoded = decodeExtrinsic(body);
    if (!decoded.extrinsic) {
      throw new PoolRefusal(
        1002,
        'Verification Error: Runtime error: Execution failed',
        `Could not decode the extrinsic: ${decoded.reason}`,
      );
    }
    try {
      return checkTransaction(context, this.facts, decoded.extrinsic, bytes.length, false);
    } catch (error) {
      if (error instanceof InvalidTransaction)
        throw new PoolRefusal(1010, 'Invalid Transaction', error.message);
      throw error;
    }
  }

  #find(who: AccountId, nonce: number): Pooled | undefined {
    return this.#bySender.get(`${who} ${nonce}`);
  }

  #promote(who: AccountId, from: number): void {
    for (let next = this.#find(who, from); next && !next.isReady; next = this.#find(who, next.nonce + 1)) {
      next.isReady = true;
      tell(next.watchers, 'ready');
    }
  }

  #leave(pooled: Pooled): void {
    this.#byHash.delete(pooled.hash);
    this.#bySender.delete(senderKey(pooled));
    const now = Date.now();
    for (const [hash, until] of this.#bannedUntil) if (until <= now) this.#bannedUntil.delete(hash);
    this.#bannedUntil.set(pooled.hash, now + BAN_MS);
  }
}

const senderKey = ({ who, nonce }: ValidTransaction): string => `${who} ${nonce}`;

const tell = (watchers: ReadonlySet<Watcher>, status: TransactionStatus): void =>
  watchers.forEach((watcher) => watcher(status));
