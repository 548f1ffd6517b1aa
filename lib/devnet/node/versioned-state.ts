import type { StateReader } from '../runtime/state.js';

/** A key's value from a block on; null: removed. */
interface Version {
  readonly from: number;
  readonly value: Uint8Array | null;
}

/** A state that is not being changed. */
export interface StoredState extends StateReader {
  /** The first keys with a prefix that come after a key, or from the beginning. */
  page(prefix: string, after: string | null, count: number): string[];
}

/** Hex digits with which all keys of a storage item begin. */
const ITEM_PREFIX = 64;

/** State after each of the last blocks. Values are kept per key with the block that wrote them. */
export class VersionedState {
  readonly #versions = new Map<string, Version[]>();
  readonly #items = new Map<string, Set<string>>();
  readonly #sorted = new Map<string, string[]>();
  readonly #removals: { readonly block: number; readonly key: string }[] = [];
  /** Keys that each of the kept blocks changed. */
  readonly #changed = new Map<number, string[]>();
  #oldest = 0;

  constructor(
    /** Blocks whose state is kept besides the newest. */
    private readonly depth: number,
  ) {}

  /** First block whose state is whole. Blocks that are taken back bring nothing back of what they made forgotten. */
  get oldest(): number {
    return this.#oldest;
  }

  /** For a history of which the beginning is gone: the first block that has its whole state. */
  beginAt(block: number): void {
    this.#oldest = Math.max(this.#oldest, block);
  }

  /** Applies a block's changes and forgets what is older than the depth. Blocks come in order. */
  commit(block: number, changes: Iterable<readonly [key: string, value: Uint8Array | null]>): void {
    const floor = block - this.depth;
    this.#oldest = Math.max(this.#oldest, floor);
    const changed: string[] = [];
    for (const [key, value] of changes) {
      changed.push(key);
      const versions = this.#versions.get(key) ?? [];
      if (versions.length === 0) this.#enter(key);
      versions.push({ from: block, value });
      // The newest version at or below the floor is still what the floor's state reads.
      while (versions[1] && versions[1].from <= floor) versions.shift();
      this.#versions.set(key, versions);
      if (value === null) this.#removals.push({ block, key });
    }
    this.#changed.set(block, changed);
    this.#changed.delete(floor);
    while (this.#removals[0] && this.#removals[0].block <= floor)
      this.#forget(this.#removals.shift()?.key ?? '');
  }

  /** Takes the newest block's changes back. */
  takeBack(block: number): void {
    for (const key of this.#changed.get(block) ?? []) {
      const versions = this.#versions.get(key);
      if (versions?.at(-1)?.from !== block) continue;
      versions.pop();
      if (versions.length === 0) this.#drop(key);
    }
    this.#changed.delete(block);
    while (this.#removals.at(-1)?.block === block) this.#removals.pop();
  }

  /** The state after a block. The caller knows whether it is still kept. */
  at(block: number): StoredState {
    return {
      get: (key) => this.#valueAt(key, block) ?? undefined,
      keys: (prefix) => this.#keysBelow(prefix).filter((key) => this.#valueAt(key, block) !== null),
      page: (prefix, after, count) => {
        const keys = this.#keysBelow(prefix);
        const found: string[] = [];
        for (let i = firstAfter(keys, after ?? ''); i < keys.length && found.length < count; i++) {
          const key = keys[i] as string;
          if (this.#valueAt(key, block) !== null) found.push(key);
        }
        return found;
      },
    };
  }

  /** What a file must hold to bring back the states from `floor` on: the whole state there, and later blocks' changes. */
  changesFrom(floor: number): Map<number, Map<string, Uint8Array | null>> {
    const changes = new Map<number, Map<string, Uint8Array | null>>();
    for (const [key, versions] of this.#versions) {
      for (const { from, value } of versions) {
        const block = Math.max(from, floor);
        const changed = changes.get(block) ?? new Map<string, Uint8Array | null>();
        changes.set(block, changed.set(key, value));
      }
    }
    return changes;
  }

  #valueAt(key: string, block: number): Uint8Array | null {
    const versions = this.#versions.get(key);
    if (!versions) return null;
    for (let i = versions.length - 1; i >= 0; i--) {
      const version = versions[i];
      if (version && version.from <= block) return version.value;
    }
    return null;
  }

  #keysBelow(prefix: string): string[] {
    if (prefix.length >= ITEM_PREFIX) return range(this.#sortedItem(prefix.slice(0, ITEM_PREFIX)), prefix);
    return [...this.#items.keys()]
      .filter((item) => item.startsWith(prefix))
      .sort()
      .flatMap((item) => this.#sortedItem(item));
  }

  #sortedItem(item: string): string[] {
    const known = this.#sorted.get(item);
    if (known) return known;
    const sorted = [...(this.#items.get(item) ?? [])].sort();
    this.#sorted.set(item, sorted);
    return sorted;
  }

  #enter(key: string): void {
    const item = key.slice(0, ITEM_PREFIX);
    const keys = this.#items.get(item) ?? new Set();
    this.#items.set(item, keys.add(key));
    // Sorting a hundred thousand keys anew for each that comes would cost more than the block.
    const sorted = this.#sorted.get(item);
    sorted?.splice(firstAfter(sorted, key), 0, key);
  }

  #forget(key: string): void {
    const versions = this.#versions.get(key);
    if (versions?.length !== 1 || versions[0]?.value !== null) return;
    this.#drop(key);
  }

  #drop(key: string): void {
    this.#versions.delete(key);
    const item = key.slice(0, ITEM_PREFIX);
    this.#items.get(item)?.delete(key);
    const sorted = this.#sorted.get(item);
    sorted?.splice(firstAfter(sorted, key) - 1, 1);
  }
}

/** The part of a sorted list that begins with a prefix. */
const range = (sorted: readonly string[], prefix: string): string[] => {
  const start = search(sorted, (key) => key >= prefix);
  const end = search(sorted, (key) => key > prefix && !key.startsWith(prefix));
  return start === 0 && end === sorted.length ? (sorted as string[]) : sorted.slice(start, end);
};

const firstAfter = (sorted: readonly string[], key: string): number => search(sorted, (each) => each > key);

/** Index of the first element that passes, where all after it do too. */
const search = (sorted: readonly string[], passes: (key: string) => boolean): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(sorted[middle] as string)) high = middle;
    else low = middle + 1;
  }
  return low;
};
