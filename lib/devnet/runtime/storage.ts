import { encodeWith, Source, type Codec } from '../scale/index.js';
import { blake128, twox128Of, twox64Of } from './hashing.js';
import type { StateReader, StateWriter } from './state.js';
import { hex, unhex } from './types.js';

export type HasherName = 'Identity' | 'Twox64Concat' | 'Blake2_128Concat';

/** One key of a storage map. All hashers that this runtime uses keep the key readable. */
export interface MapKey<K> {
  readonly hasher: HasherName;
  readonly codec: Codec<K>;
}

export const identity = <K>(codec: Codec<K>): MapKey<K> => ({ hasher: 'Identity', codec });
export const twox64 = <K>(codec: Codec<K>): MapKey<K> => ({ hasher: 'Twox64Concat', codec });
export const blake2 = <K>(codec: Codec<K>): MapKey<K> => ({ hasher: 'Blake2_128Concat', codec });

export type MapKeys<K extends readonly unknown[]> = { readonly [I in keyof K]: MapKey<K[I]> };

const twox128 = (text: string): string => hex(twox128Of(new TextEncoder().encode(text)));

const HASHED_BYTES: Readonly<Record<HasherName, number>> = {
  Identity: 0,
  Twox64Concat: 8,
  Blake2_128Concat: 16,
};

const hashKey = ({ hasher, codec }: MapKey<unknown>, key: unknown): string => {
  const encoded = encodeWith(codec, key);
  const digest =
    hasher === 'Identity'
      ? new Uint8Array()
      : hasher === 'Twox64Concat'
        ? twox64Of(encoded)
        : blake128(encoded);
  return hex(digest) + hex(encoded);
};

/**
 * A storage item of a pallet: a value, or a map of any number of keys.
 *
 * @typeParam Absent what reading a key without a value gives: the default's type, or null
 */
export class StorageItem<K extends readonly unknown[], V, Absent> {
  #prefix: string | undefined;

  constructor(
    private readonly pallet: string,
    readonly name: string,
    readonly keys: MapKeys<K>,
    readonly value: Codec<V>,
    /** Undefined: an item of modifier `Optional`. */
    readonly fallback: V | undefined,
  ) {}

  /** Hex of the 32 bytes with which all keys of the item begin. */
  get prefix(): string {
    return (this.#prefix ??= twox128(this.pallet) + twox128(this.name));
  }

  keyOf(...key: K): string {
    return this.prefix + this.#tail(key);
  }

  get(state: StateReader, ...key: K): V | Absent {
    const found = state.get(this.keyOf(...key));
    // `fallback` is undefined exactly where Absent is null.
    return found ? this.value.decode(new Source(found)) : ((this.fallback ?? null) as V | Absent);
  }

  has(state: StateReader, ...key: K): boolean {
    return state.get(this.keyOf(...key)) !== undefined;
  }

  put(state: StateWriter, ...keyAndValue: readonly [...K, V]): void {
    const value = keyAndValue.at(-1) as V;
    state.put(this.prefix + this.#tail(keyAndValue.slice(0, -1)), encodeWith(this.value, value));
  }

  remove(state: StateWriter, ...key: K): void {
    state.remove(this.keyOf(...key));
  }

  /** Keys and values below the first keys given, in storage order. */
  entries(state: StateReader, ...first: Partial<K>): { key: K; value: V }[] {
    return state.keys(this.prefix + this.#tail(first)).flatMap((key) => {
      const found = state.get(key);
      return found ? [{ key: this.#readKey(key), value: this.value.decode(new Source(found)) }] : [];
    });
  }

  #tail(key: readonly unknown[]): string {
    return key.map((each, i) => hashKey(this.keys[i] as MapKey<unknown>, each)).join('');
  }

  #readKey(key: string): K {
    const source = new Source(unhex(key.slice(this.prefix.length)));
    return this.keys.map(({ hasher, codec }) => {
      source.take(HASHED_BYTES[hasher]);
      return codec.decode(source);
    }) as unknown as K;
  }
}

/** An item of any kind, as the metadata and the node see it. */
export type AnyStorageItem = Pick<
  StorageItem<readonly unknown[], unknown, unknown>,
  'name' | 'keys' | 'value' | 'fallback' | 'prefix'
>;
