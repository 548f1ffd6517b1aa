import { pathOf, type Codec, type FieldInfo, type ValueOf } from './codec.js';
import { bytes, readLength, u8, unit, writeCompact } from './primitives.js';
import { ScaleError, type Sink, type Source } from './source.js';

/** `Vec<T>`. */
export const vec = <T>(of: Codec<T>): Codec<T[]> => ({
  info: { kind: 'sequence', of },
  encode: (values, sink) => {
    writeCompact(values.length, sink);
    for (const value of values) of.encode(value, sink);
  },
  decode: (source) => {
    const values: T[] = [];
    for (let left = readLength(source); left > 0; left--) values.push(of.decode(source));
    return values;
  },
});

/** `BoundedVec<T, limit>`: longer ones do not decode. `limitName` is the second type parameter's name in metadata. */
export const boundedVec = <T>(of: Codec<T>, limit: number): Codec<T[]> => bounded(vec(of), of, limit);

export const boundedBytes = (limit: number): Codec<Uint8Array> => bounded(bytes, u8, limit);

const bounded = <T extends { readonly length: number }>(
  inner: Codec<T>,
  of: Codec<unknown>,
  limit: number,
): Codec<T> => ({
  info: {
    kind: 'composite',
    path: pathOf('bounded_collections::bounded_vec::BoundedVec'),
    params: [
      { name: 'T', type: of },
      { name: 'S', type: null },
    ],
    fields: [{ type: inner, typeName: 'Vec<T>' }],
  },
  encode: (value, sink) => inner.encode(value, sink),
  decode: (source) => {
    const value = inner.decode(source);
    if (value.length > limit) throw new ScaleError(`more than ${limit} elements`);
    return value;
  },
});

/** `BTreeSet<T>`, here an array in the set's order. */
export const btreeSet = <T>(of: Codec<T>): Codec<T[]> => {
  const inner = vec(of);
  return {
    info: {
      kind: 'composite',
      path: ['BTreeSet'],
      params: [{ name: 'T', type: of }],
      fields: [{ type: inner }],
    },
    encode: (value, sink) => inner.encode(value, sink),
    decode: (source) => inner.decode(source),
  };
};

/** `Option<T>`; None is null. */
export const option = <T>(of: Codec<T>): Codec<T | null> => ({
  info: {
    kind: 'variant',
    path: ['Option'],
    params: [{ name: 'T', type: of }],
    variants: () => [
      { name: 'None', index: 0, fields: [] },
      { name: 'Some', index: 1, fields: [{ type: of }] },
    ],
  },
  encode: (value, sink) => {
    sink.byte(value === null ? 0 : 1);
    if (value !== null) of.encode(value, sink);
  },
  decode: (source) => {
    const byte = source.byte();
    if (byte > 1) throw new ScaleError('an Option begins with 0 or 1');
    return byte === 0 ? null : of.decode(source);
  },
});

export type Outcome<T, E> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** `Result<T, E>`. */
export const result = <T, E>(value: Codec<T>, error: Codec<E>): Codec<Outcome<T, E>> => ({
  info: {
    kind: 'variant',
    path: ['Result'],
    params: [
      { name: 'T', type: value },
      { name: 'E', type: error },
    ],
    variants: () => [
      { name: 'Ok', index: 0, fields: [{ type: value }] },
      { name: 'Err', index: 1, fields: [{ type: error }] },
    ],
  },
  encode: (outcome, sink) => {
    sink.byte(outcome.ok ? 0 : 1);
    if (outcome.ok) value.encode(outcome.value, sink);
    else error.encode(outcome.error, sink);
  },
  decode: (source) =>
    source.byte() === 0
      ? { ok: true, value: value.decode(source) }
      : { ok: false, error: error.decode(source) },
});

export type Values<Codecs extends readonly Codec<unknown>[]> = {
  -readonly [I in keyof Codecs]: ValueOf<Codecs[I]>;
};

export const tuple = <const Codecs extends readonly Codec<unknown>[]>(
  ...of: Codecs
): Codec<Values<Codecs>> => ({
  info: { kind: 'tuple', of },
  encode: (values, sink) => of.forEach((codec, i) => codec.encode(values[i], sink)),
  decode: (source) => of.map((codec) => codec.decode(source)) as Values<Codecs>,
});

/** A field's codec, with the type's name in the Rust source where it is worth telling. */
export type Fields = Readonly<Record<string, Codec<unknown>>>;
export type StructOf<F extends Fields> = { [K in keyof F]: ValueOf<F[K]> };

export const fieldInfos = (fields: Fields): FieldInfo[] =>
  Object.entries(fields).map(([name, type]) => ({ name, type }));

export const encodeFields = (fields: Fields, values: Readonly<Record<string, unknown>>, sink: Sink): void => {
  for (const [name, codec] of Object.entries(fields)) codec.encode(values[name], sink);
};

export const decodeFields = <F extends Fields>(fields: F, source: Source): StructOf<F> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, codec]) => [name, codec.decode(source)]),
  ) as StructOf<F>;

/** A struct with named fields. Field names are the runtime's. */
export const struct = <const F extends Fields>(
  path: string,
  fields: F,
  params: ParameterList = [],
): Codec<StructOf<F>> => ({
  info: {
    kind: 'composite',
    path: pathOf(path),
    params: params.map(([name, type]) => ({ name, type })),
    fields: fieldInfos(fields),
  },
  encode: (values, sink) => encodeFields(fields, values, sink),
  decode: (source) => decodeFields(fields, source),
});

/** A struct of one unnamed field: its bytes are the field's, its name is its own. */
export const newtype = <T>(path: string, inner: Codec<T>, typeName?: string): Codec<T> => ({
  info: {
    kind: 'composite',
    path: pathOf(path),
    fields: [{ type: inner, ...(typeName === undefined ? {} : { typeName }) }],
  },
  encode: (value, sink) => inner.encode(value, sink),
  decode: (source) => inner.decode(source),
});

/** What a variant holds: nothing, one unnamed field, several unnamed ones or named ones. */
type VariantFields = Codec<unknown> | readonly Codec<unknown>[] | Fields;
type Variants = Readonly<Record<string, readonly [index: number, fields?: VariantFields]>>;
type PayloadOf<V> = V extends readonly [number, infer F]
  ? F extends Codec<infer T>
    ? T
    : F extends readonly Codec<unknown>[]
      ? Values<F>
      : F extends Fields
        ? StructOf<F>
        : null
  : null;
export type EnumOf<V extends Variants> = {
  [K in keyof V]: { readonly kind: K; readonly value: PayloadOf<V[K]> };
}[keyof V];

type ParameterList = readonly (readonly [name: string, type: Codec<unknown> | null])[];

/** An enum: `{ kind, value }`. A variant has no field, one unnamed field (a codec) or named ones. */
export const enumeration = <const V extends Variants>(
  path: string,
  variants: V,
  params: ParameterList = [],
): Codec<EnumOf<V>> => {
  const list = Object.entries(variants).map(([name, [index, fields]]) => ({ name, index, fields }));
  const codecs = list.map((each) => ({ ...each, codec: codecOf(each.fields) }));
  const byIndex = new Map(codecs.map((each) => [each.index, each]));
  const byName = new Map(codecs.map((each) => [each.name, each]));
  return {
    info: {
      kind: 'variant',
      path: pathOf(path),
      params: params.map(([name, type]) => ({ name, type })),
      variants: () =>
        list.map(({ name, index, fields }) => ({
          name,
          index,
          fields: variantFields(fields),
        })),
    },
    encode: (value, sink) => {
      const variant = byName.get(String(value.kind));
      if (!variant) throw new ScaleError(`no variant ${String(value.kind)}`);
      sink.byte(variant.index);
      variant.codec.encode(value.value, sink);
    },
    decode: (source) => {
      const variant = byIndex.get(source.byte());
      if (!variant) throw new ScaleError('no such variant');
      return { kind: variant.name, value: variant.codec.decode(source) } as EnumOf<V>;
    },
  };
};

const isList = (fields: VariantFields): fields is readonly Codec<unknown>[] => Array.isArray(fields);
const isCodec = (fields: VariantFields): fields is Codec<unknown> => 'info' in fields && 'encode' in fields;

const codecOf = (fields: VariantFields | undefined): Codec<unknown> => {
  if (fields === undefined) return unit;
  if (isList(fields)) return tuple(...fields);
  return isCodec(fields) ? fields : struct('', fields);
};

const variantFields = (fields: VariantFields | undefined): FieldInfo[] => {
  if (fields === undefined) return [];
  if (isList(fields)) return fields.map((type) => ({ type }));
  return isCodec(fields) ? [{ type: fields }] : fieldInfos(fields);
};

/** An enum without fields: its values are the names, numbered from 0. */
export const nameEnum = <const N extends string>(path: string, names: readonly N[]): Codec<N> => ({
  info: {
    kind: 'variant',
    path: pathOf(path),
    variants: () => names.map((name, index) => ({ name, index, fields: [] })),
  },
  encode: (value, sink) => sink.byte(names.indexOf(value)),
  decode: (source) => {
    const name = names[source.byte()];
    if (name === undefined) throw new ScaleError('no such variant');
    return name;
  },
});
