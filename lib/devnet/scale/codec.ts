import { Sink, Source } from './source.js';

/** A type that the runtime's metadata describes, and how its values are bytes. */
export interface Codec<T> {
  readonly info: TypeInfo;
  encode(value: T, sink: Sink): void;
  decode(source: Source): T;
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never;

export type PrimitiveName = 'bool' | 'str' | 'u8' | 'u16' | 'u32' | 'u64' | 'u128' | 'i64' | 'i128';

export interface FieldInfo {
  readonly name?: string;
  readonly type: Codec<unknown>;
  readonly typeName?: string;
}

export interface VariantInfo {
  readonly name: string;
  readonly index: number;
  readonly fields: readonly FieldInfo[];
}

export interface ParameterInfo {
  readonly name: string;
  readonly type: Codec<unknown> | null;
}

/** A type as `scale-info` tells it. */
export type TypeInfo = { readonly path?: readonly string[]; readonly params?: readonly ParameterInfo[] } & (
  | { readonly kind: 'primitive'; readonly primitive: PrimitiveName }
  | { readonly kind: 'compact' | 'sequence'; readonly of: Codec<unknown> }
  | { readonly kind: 'array'; readonly of: Codec<unknown>; readonly length: number }
  | { readonly kind: 'tuple'; readonly of: readonly Codec<unknown>[] }
  | { readonly kind: 'composite'; readonly fields: readonly FieldInfo[] }
  /** A function, so that calls may hold calls. */
  | { readonly kind: 'variant'; readonly variants: () => readonly VariantInfo[] }
);

export const encodeWith = <T>(codec: Codec<T>, value: T): Uint8Array => {
  const sink = new Sink();
  codec.encode(value, sink);
  return sink.bytes;
};

/** @throws ScaleError also when bytes are left over */
export const decodeWith = <T>(codec: Codec<T>, bytes: Uint8Array): T => {
  const source = new Source(bytes);
  const value = codec.decode(source);
  source.end();
  return value;
};

/** `pallet_x::types::Y` as a path. */
export const pathOf = (path: string): string[] => path.split('::');
