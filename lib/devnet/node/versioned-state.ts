import type { StateReader } from '../runtime/state.js';

/** A key's value from a block on; null: removed. */
interface Version {
  readonly from: number;
  readonly value: Uint8Array | null;
}

/** Hex digits with which all keys of a storage item begin. */
const ITEM_PREFIX = 64;

/** State after each of the last blocks. Values are kept per key with the block that wrote them. */
export class VersionedState {
  readonly #versions = new Map<string, Version[]>();
  readonly #items = new Map<string, Set<string>>();
  readonly #sorted = new Map<string, string[]>();
  readonly #removals: { readonly block: number; readonly key: string }[] = [];

  constructor(
    /** Blocks whose state is kept besides the newest. */
    private readonly depth: number,
  ) {}

  /** Applies a block's changes and forgets what is older than the depth. Blocks come in order. */
  commit(block: number, changes: Iterable<readonly [key: string, value: Uint8Array | null]>): void {
    const floor = block - this.depth;
    for (const [key, value] of changes) {
      const versions = this.#versions.get(key) ?? [];
      if (versions.length === 0) this.#enter(key);
      versions.push({ from: block, value });
      // The newest version at or below the floor is still what the floor's state reads.
      while (versions[1] && versions[1].from <= floor) versions.shift();
      this.#versions.set(key, versions);
      if (value === null) this.#removals.push({ block, key });
    }
    while (this.#removals[0] && this.#removals[0].block <= floor)
      this.#forget(this.#removals.shift()?.key ?? '');
  }

  /** The state after a block. The caller knows whether it is still kept. */
  at(block: number): StateReader {
    return {
      get: (key) => this.#valueAt(key, block) ?? undefined,
      keys: (prefix) => this.#keysBelow(prefix).filter((key) => this.#valueAt(key, block) !== null),
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
    this.#sorted.delete(item);
  }

  #forget(key: string): void {
    const versions = this.#versions.get(key);
    if (versions?.length !== 1 || versions[0]?.value !== null) return;
    this.#versions.delete(key);
    const item = key.slice(0, ITEM_PREFIX);
    this.#items.get(item)?.delete(key);
    this.#sorted.delete(item);
  }
}

/** The part of a sorted list that begins with a prefix. */
const range = (sorted: readonly string[], prefix: string): string[] => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (sorted[end]?.startsWith(prefix)) end += 1;
  return sorted.slice(low, end);
};
