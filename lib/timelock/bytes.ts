import { malformed } from './malformed.js';

/** Reads a byte string front to back. Lengths stated inside it are compared with what is there before anything is taken. */
export class ByteReader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length - this.#at;
  }

  /** @throws timelock_malformed when fewer bytes are left */
  take(length: number, what: string): Uint8Array {
    if (length > this.left) throw malformed('CiphertextDeserialize', `${what} ends early`);
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  u16(what: string): number {
    const [low = 0, high = 0] = this.take(2, what);
    return low | (high << 8);
  }

  u64(what: string): bigint {
    const field = this.take(8, what);
    return new DataView(field.buffer, field.byteOffset, 8).getBigUint64(0, true);
  }

  /** A u64 length and that many bytes, as arkworks writes byte vectors. */
  lengthPrefixed(what: string): Uint8Array {
    const length = this.u64(`the length of ${what}`);
    if (length > BigInt(this.left)) throw malformed('CiphertextDeserialize', `${what} ends early`);
    return this.take(Number(length), what);
  }

  /** SCALE `Compact<u32>`; longer forms than needed are refused, as parity-scale-codec does. */
  compact(what: string): number {
    const [first = 0] = this.take(1, what);
    const mode = first & 3;
    if (mode === 0) return first >> 2;
    const more = this.take(mode === 1 ? 1 : mode === 2 ? 3 : 4, what);
    const rest = more.reduceRight((value, byte) => value * 256 + byte, 0);
    if (mode === 3) {
      if (first !== 3 || rest < 2 ** 30) throw malformed('CiphertextDeserialize', `${what} is not canonical`);
      return rest;
    }
    const value = (first >> 2) + rest * 64;
    if (value < (mode === 1 ? 64 : 2 ** 14))
      throw malformed('CiphertextDeserialize', `${what} is not canonical`);
    return value;
  }
}

/** SCALE `Compact<u32>`. */
export const compactBytes = (value: number): Uint8Array => {
  if (value < 64) return Uint8Array.of(value << 2);
  if (value < 2 ** 14) return Uint8Array.of(((value & 63) << 2) | 1, value >> 6);
  const wide = value < 2 ** 30 ? value * 4 + 2 : value;
  const four = Uint8Array.of(wide, wide / 2 ** 8, wide / 2 ** 16, wide / 2 ** 24);
  return value < 2 ** 30 ? four : Uint8Array.of(3, ...four);
};

export const u16Bytes = (value: number): Uint8Array => Uint8Array.of(value, value >> 8);

export const u64Bytes = (value: number | bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
};

export const u64BigEndian = (value: number | bigint): Uint8Array => u64Bytes(value).reverse();
