/** Storage as the runtime sees it: keys are lower-case hex without `0x`, values are bytes. */
export interface StateReader {
  get(key: string): Uint8Array | undefined;
  /** Existing keys with a prefix, in order. */
  keys(prefix: string): string[];
}

export interface StateWriter extends StateReader {
  put(key: string, value: Uint8Array): void;
  remove(key: string): void;
}

/** Changes on top of another state, given to it by {@link apply} or forgotten. */
export class Overlay implements StateWriter {
  /** null: removed. */
  readonly #changes = new Map<string, Uint8Array | null>();

  constructor(private readonly base: StateReader) {}

  get(key: string): Uint8Array | undefined {
    const changed = this.#changes.get(key);
    return changed === undefined ? this.base.get(key) : (changed ?? undefined);
  }

  keys(prefix: string): string[] {
    const found = new Set(this.base.keys(prefix));
    let added = false;
    for (const [key, value] of this.#changes) {
      if (!key.startsWith(prefix)) continue;
      if (value === null) found.delete(key);
      else if (!found.has(key)) {
        found.add(key);
        added = true;
      }
    }
    return added ? [...found].sort() : [...found];
  }

  put(key: string, value: Uint8Array): void {
    this.#changes.set(key, value);
  }

  remove(key: string): void {
    this.#changes.set(key, null);
  }

  get changes(): ReadonlyMap<string, Uint8Array | null> {
    return this.#changes;
  }

  apply(to: StateWriter): void {
    for (const [key, value] of this.#changes) {
      if (value === null) to.remove(key);
      else to.put(key, value);
    }
  }
}
