/** Bytes that are not what the codec says. Whoever reads bytes from outside turns it into the answer that a node gives. */
export class ScaleError extends Error {
  override readonly name = 'ScaleError';
}

/** Calls within calls that a runtime decodes at most (`sp_api::MAX_EXTRINSIC_DEPTH`, cut short by this runtime). */
const MAX_DEPTH = 8;

/** Reads SCALE bytes front to back; no length stated inside them is believed before it is checked. */
export class Source {
  #at = 0;
  #depth = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length - this.#at;
  }

  get position(): number {
    return this.#at;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new ScaleError('not enough bytes');
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** An unsigned integer of `size` bytes, little-endian. */
  unsigned(size: number): bigint {
    return this.take(size).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  /** Bytes read since `from`. */
  since(from: number): Uint8Array {
    return this.bytes.subarray(from, this.#at);
  }

  /** Runs a decoder one level deeper. */
  nested<T>(decode: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new ScaleError('calls are nested too deeply');
    const value = decode();
    this.#depth -= 1;
    return value;
  }

  end(): void {
    if (this.left > 0) throw new ScaleError('bytes are left over');
  }
}

/** Collects SCALE bytes. */
export class Sink {
  #bytes = new Uint8Array(64);
  #length = 0;

  write(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** An unsigned integer of `size` bytes, little-endian; negative ones as two's complement. */
  unsigned(value: bigint, size: number): void {
    let rest = BigInt.asUintN(size * 8, value);
    for (let i = 0; i < size; i++, rest >>= 8n) this.byte(Number(rest & 255n));
  }

  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
