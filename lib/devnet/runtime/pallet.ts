import {
  decodeFields,
  encodeFields,
  fieldInfos,
  type Codec,
  type Fields,
  type Sink,
  type Source,
  type StructOf,
  type Values,
  type VariantInfo,
} from '../scale/index.js';
import type { Context, Origin } from './context.js';
import { ModuleFailure } from './errors.js';
import type { RuntimeSettings } from './settings.js';
import { StorageItem, type AnyStorageItem, type MapKeys } from './storage.js';
import type { AccountId } from './types.js';

/** An event with its fields, ready for a block. */
export interface RuntimeEvent {
  readonly pallet: string;
  readonly name: string;
  readonly fields: unknown;
  encode(sink: Sink): void;
}

/** A call with its arguments, ready to run. */
export interface RuntimeCall {
  readonly pallet: string;
  readonly name: string;
  readonly args: unknown;
  readonly weight: number;
  readonly pays: boolean;
  /** Refused before inclusion when it throws; inside other calls the failure is the call's. */
  guard(context: Context, who: AccountId): void;
  dispatch(context: Context, origin: Origin): void;
  encode(sink: Sink): void;
}

interface CallDefinition extends VariantInfo {
  decode(source: Source): RuntimeCall;
}

interface ConstantDefinition {
  readonly name: string;
  readonly codec: Codec<unknown>;
  readonly value: (settings: RuntimeSettings) => unknown;
}

/** What is true of a call before its arguments are known. */
interface CallOptions<A> {
  /** Picoseconds of execution that its fee is for. */
  readonly weight?: number;
  /** `Pays::No`: free, also when it fails. */
  readonly free?: boolean;
  readonly guard?: (context: Context, who: AccountId, args: A) => void;
}

const ORDINARY_WEIGHT = 250_000_000;

/** A pallet as the runtime and its metadata see it. */
export interface Pallet {
  readonly name: string;
  readonly index: number;
  readonly crate: string;
  readonly storage: readonly AnyStorageItem[];
  readonly calls: readonly CallDefinition[];
  readonly events: readonly VariantInfo[];
  readonly errors: readonly VariantInfo[];
  readonly constants: readonly ConstantDefinition[];
  /** Runs at the start of every block, in the order of the pallets' indices. */
  readonly onInitialize?: (context: Context) => void;
}

/**
 * Declares a pallet item by item: each method enters the item into the pallet and returns what code uses it by.
 * Names, indices and layouts are the real runtime's; `docs/reference/devnet.md` says which version's.
 */
export class PalletKit {
  readonly #storage: AnyStorageItem[] = [];
  readonly #calls: CallDefinition[] = [];
  readonly #events: VariantInfo[] = [];
  readonly #errors: VariantInfo[] = [];
  readonly #constants: ConstantDefinition[] = [];

  constructor(
    readonly name: string,
    readonly index: number,
    readonly crate: string,
  ) {}

  /** A storage value with a default. */
  value<V>(name: string, value: Codec<V>, fallback: NoInfer<V>): StorageItem<[], V, V> {
    return this.#enter(new StorageItem<[], V, V>(this.name, name, [], value, fallback));
  }

  /** A storage value that may be absent. */
  optionalValue<V>(name: string, value: Codec<V>): StorageItem<[], V, null> {
    return this.#enter(new StorageItem<[], V, null>(this.name, name, [], value, undefined));
  }

  /** A storage map with a default. */
  map<K extends readonly unknown[], V>(
    name: string,
    keys: MapKeys<K>,
    value: Codec<V>,
    fallback: NoInfer<V>,
  ): StorageItem<K, V, V> {
    return this.#enter(new StorageItem<K, V, V>(this.name, name, keys, value, fallback));
  }

  /** A storage map whose entries may be absent. */
  optionalMap<K extends readonly unknown[], V>(
    name: string,
    keys: MapKeys<K>,
    value: Codec<V>,
  ): StorageItem<K, V, null> {
    return this.#enter(new StorageItem<K, V, null>(this.name, name, keys, value, undefined));
  }

  constant<T>(name: string, codec: Codec<T>, value: T | ((settings: RuntimeSettings) => T)): void {
    const of = typeof value === 'function' ? (value as (settings: RuntimeSettings) => T) : () => value;
    this.#constants.push({ name, codec, value: of });
  }

  /** An event with named fields. */
  event<const F extends Fields>(
    index: number,
    name: string,
    fields: F,
  ): (values: StructOf<F>) => RuntimeEvent {
    this.#events.push({ index, name, fields: fieldInfos(fields) });
    return (values) => this.#event(index, name, values, (sink) => encodeFields(fields, values, sink));
  }

  /** An event with unnamed fields. */
  tupleEvent<const C extends readonly Codec<unknown>[]>(
    index: number,
    name: string,
    ...codecs: C
  ): (...values: Values<C>) => RuntimeEvent {
    this.#events.push({ index, name, fields: codecs.map((type) => ({ type })) });
    return (...values) =>
      this.#event(index, name, values, (sink) => codecs.forEach((codec, i) => codec.encode(values[i], sink)));
  }

  /** The pallet's errors in the order of their indices; the function makes the failure of that name. */
  errors<const N extends string>(names: readonly N[]): (name: N) => ModuleFailure {
    names.forEach((name, index) => this.#errors.push({ name, index, fields: [] }));
    return (name) => new ModuleFailure(this.name, name, this.index, names.indexOf(name));
  }

  call<const F extends Fields>(
    index: number,
    name: string,
    args: F,
    options: CallOptions<StructOf<F>>,
    dispatch: (context: Context, origin: Origin, args: StructOf<F>) => void,
  ): (args: StructOf<F>) => RuntimeCall {
    const bind = (values: StructOf<F>): RuntimeCall => ({
      pallet: this.name,
      name,
      args: values,
      weight: options.weight ?? ORDINARY_WEIGHT,
      pays: options.free !== true,
      guard: (context, who) => options.guard?.(context, who, values),
      dispatch: (context, origin) => dispatch(context, origin, values),
      encode: (sink) => {
        sink.byte(this.index);
        sink.byte(index);
        encodeFields(args, values, sink);
      },
    });
    this.#calls.push({
      index,
      name,
      fields: fieldInfos(args),
      decode: (source) => bind(decodeFields(args, source)),
    });
    return bind;
  }

  /** The pallet with all that was entered. */
  done(hooks: Pick<Pallet, 'onInitialize'> = {}): Pallet {
    return {
      name: this.name,
      index: this.index,
      crate: this.crate,
      storage: this.#storage,
      calls: this.#calls,
      events: this.#events,
      errors: this.#errors,
      constants: this.#constants,
      ...hooks,
    };
  }

  #enter<I extends AnyStorageItem>(item: I): I {
    this.#storage.push(item);
    return item;
  }

  #event(eventIndex: number, name: string, fields: unknown, encode: (sink: Sink) => void): RuntimeEvent {
    return {
      pallet: this.name,
      name,
      fields,
      encode: (sink) => {
        sink.byte(this.index);
        sink.byte(eventIndex);
        encode(sink);
      },
    };
  }
}
