import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Codec, PrimitiveName } from './codec.js';
import { ScaleError, type Sink, type Source } from './source.js';

const small = (primitive: PrimitiveName, size: number): Codec<number> => ({
  info: { kind: 'primitive', primitive },
  encode: (value, sink) => sink.unsigned(BigInt(value), size),
  decode: (source) => Number(source.unsigned(size)),
});

const big = (primitive: PrimitiveName, size: number, signed = false): Codec<bigint> => ({
  info: { kind: 'primitive', primitive },
  encode: (value, sink) => sink.unsigned(value, size),
  decode: (source) => (signed ? BigInt.asIntN(size * 8, source.unsigned(size)) : source.unsigned(size)),
});

export const u8 = small('u8', 1);
export const u16 = small('u16', 2);
export const u32 = small('u32', 4);
export const u64 = big('u64', 8);
export const u128 = big('u128', 16);
export const i64 = big('i64', 8, true);
export const i128 = big('i128', 16, true);

/** A u64 that the node itself counts up, such as a block number: never near 2^53. Not for what strangers state. */
export const count64: Codec<number> = small('u64', 8);

export const bool: Codec<boolean> = {
  info: { kind: 'primitive', primitive: 'bool' },
  encode: (value, sink) => sink.byte(value ? 1 : 0),
  decode: (source) => {
    const byte = source.byte();
    if (byte > 1) throw new ScaleError('a bool is 0 or 1');
    return byte === 1;
  },
};

export const unit: Codec<null> = {
  info: { kind: 'tuple', of: [] },
  encode: () => undefined,
  decode: () => null,
};

export const writeCompact = (value: number | bigint, sink: Sink): void => {
  const n = BigInt(value);
  if (n < 1n << 6n) return sink.unsigned(n << 2n, 1);
  if (n < 1n << 14n) return sink.unsigned((n << 2n) | 1n, 2);
  if (n < 1n << 30n) return sink.unsigned((n << 2n) | 2n, 4);
  const size = Math.max(4, Math.ceil(n.toString(16).length / 2));
  sink.byte(((size - 4) << 2) | 3);
  sink.unsigned(n, size);
};

/** @throws ScaleError when a longer form is used than the value needs */
export const readCompact = (source: Source): bigint => {
  const first = source.byte();
  const mode = first & 3;
  if (mode === 3) {
    const size = (first >> 2) + 4;
    const value = source.unsigned(size);
    if (value < 1n << 30n || value < 1n << BigInt((size - 1) * 8))
      throw new ScaleError('compact is not canonical');
    return value;
  }
  const more = mode === 0 ? 0 : mode === 1 ? 1 : 3;
  const value = (source.unsigned(more) << 6n) | BigInt(first >> 2);
  if (mode > 0 && value < 1n << (mode === 1 ? 6n : 14n)) throw new ScaleError('compact is not canonical');
  return value;
};

/** A length prefix; never more than the bytes that are left. */
export const readLength = (source: Source, smallest = 1): number => {
  const length = readCompact(source);
  if (length * BigInt(smallest) > BigInt(source.left))
    throw new ScaleError('a length exceeds the bytes left');
  return Number(length);
};

/** `Compact<T>` of an integer codec or of a newtype around one. */
export const compact = <T extends number | bigint>(of: Codec<T>): Codec<T> => {
  const limit = 1n << BigInt(sizeOf(of) * 8);
  return {
    info: { kind: 'compact', of },
    encode: writeCompact,
    decode: (source) => {
      const value = readCompact(source);
      if (value >= limit) throw new ScaleError('compact value out of range');
      return (limit > 1n << 53n ? value : Number(value)) as T;
    },
  };
};

const sizeOf = ({ info }: Codec<unknown>): number => {
  if (info.kind === 'primitive') return { u8: 1, u16: 2, u32: 4, u64: 8, u128: 16 }[info.primitive as 'u8'];
  const [only] = info.kind === 'composite' ? info.fields : [];
  if (!only) throw new Error('compact needs an integer');
  return sizeOf(only.type);
};

const utf8 = new TextEncoder();

export const str: Codec<string> = {
  info: { kind: 'primitive', primitive: 'str' },
  encode: (value, sink) => {
    const bytes = utf8.encode(value);
    writeCompact(bytes.length, sink);
    sink.write(bytes);
  },
  decode: (source) => new TextDecoder().decode(source.take(readLength(source))),
};

/** `Vec<u8>`. */
export const bytes: Codec<Uint8Array> = {
  info: { kind: 'sequence', of: u8 },
  encode: (value, sink) => {
    writeCompact(value.length, sink);
    sink.write(value);
  },
  decode: (source) => source.take(readLength(source)).slice(),
};

/** `[u8; length]`. */
export const fixedBytes = (length: number): Codec<Uint8Array> => ({
  info: { kind: 'array', of: u8, length },
  encode: (value, sink) => {
    if (value.length !== length) throw new ScaleError(`expected ${length} bytes`);
    sink.write(value);
  },
  decode: (source) => source.take(length).slice(),
});

/** A fixed number of bytes, held as hex without `0x` so that they compare and serve as map keys. */
export const hexBytes = (length: number): Codec<string> => ({
  info: { kind: 'array', of: u8, length },
  encode: (value, sink) => sink.write(hexToBytes(value)),
  decode: (source) => bytesToHex(source.take(length)),
});
