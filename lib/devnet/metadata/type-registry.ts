import type { Codec, FieldInfo, ParameterInfo, TypeInfo } from '../scale/index.js';
import { Sink, str, writeCompact } from '../scale/index.js';

const PRIMITIVES = { bool: 0, str: 2, u8: 3, u16: 4, u32: 5, u64: 6, u128: 7, i64: 12, i128: 13 } as const;

/** Numbers the types that a runtime uses, as `scale-info` does, and writes them as a portable registry. */
export class TypeRegistry {
  readonly #ids = new Map<TypeInfo, number>();
  readonly #idsByShape = new Map<string, number>();
  readonly #types: (Uint8Array | null)[] = [];

  /** The id of a codec's type; it and all that it consists of are entered on first sight. */
  idOf(codec: Codec<unknown>): number {
    const { info } = codec;
    const known = this.#ids.get(info);
    if (known !== undefined) return known;
    // Types without a path are the same when their parts are; those with one are told apart by the object.
    const shape = info.path ? null : this.#shapeOf(info);
    const same = shape === null ? undefined : this.#idsByShape.get(shape);
    const id = same ?? this.#types.push(null) - 1;
    this.#ids.set(info, id);
    if (same !== undefined) return id;
    if (shape !== null) this.#idsByShape.set(shape, id);
    this.#types[id] = this.#describe(info);
    return id;
  }

  write(sink: Sink): void {
    writeCompact(this.#types.length, sink);
    this.#types.forEach((type, id) => {
      writeCompact(id, sink);
      sink.write(type ?? new Uint8Array());
    });
  }

  #shapeOf(info: TypeInfo): string {
    switch (info.kind) {
      case 'primitive':
        return info.primitive;
      case 'compact':
      case 'sequence':
        return `${info.kind} ${this.idOf(info.of)}`;
      case 'array':
        return `array ${this.idOf(info.of)} ${info.length}`;
      case 'tuple':
        return `tuple ${info.of.map((each) => this.idOf(each)).join(' ')}`;
      default:
        throw new Error(`a ${info.kind} needs a path`);
    }
  }

  #describe(info: TypeInfo): Uint8Array {
    const sink = new Sink();
    writeStrings(info.path ?? [], sink);
    writeAll(info.params ?? [], sink, (param) => this.#writeParameter(param, sink));
    this.#writeDefinition(info, sink);
    writeStrings([], sink);
    return sink.bytes;
  }

  #writeDefinition(info: TypeInfo, sink: Sink): void {
    switch (info.kind) {
      case 'composite':
        sink.byte(0);
        this.#writeFields(info.fields, sink);
        break;
      case 'variant':
        sink.byte(1);
        writeAll(info.variants(), sink, (variant) => {
          str.encode(variant.name, sink);
          this.#writeFields(variant.fields, sink);
          sink.byte(variant.index);
          writeStrings([], sink);
        });
        break;
      case 'sequence':
        sink.byte(2);
        writeCompact(this.idOf(info.of), sink);
        break;
      case 'array':
        sink.byte(3);
        sink.unsigned(BigInt(info.length), 4);
        writeCompact(this.idOf(info.of), sink);
        break;
      case 'tuple':
        sink.byte(4);
        writeAll(info.of, sink, (each) => writeCompact(this.idOf(each), sink));
        break;
      case 'primitive':
        sink.byte(5);
        sink.byte(PRIMITIVES[info.primitive]);
        break;
      case 'compact':
        sink.byte(6);
        writeCompact(this.idOf(info.of), sink);
    }
  }

  #writeFields(fields: readonly FieldInfo[], sink: Sink): void {
    writeAll(fields, sink, ({ name, type, typeName }) => {
      writeOptional(name, sink);
      writeCompact(this.idOf(type), sink);
      writeOptional(typeName, sink);
      writeStrings([], sink);
    });
  }

  #writeParameter({ name, type }: ParameterInfo, sink: Sink): void {
    str.encode(name, sink);
    sink.byte(type ? 1 : 0);
    if (type) writeCompact(this.idOf(type), sink);
  }
}

export const writeAll = <T>(items: readonly T[], sink: Sink, write: (item: T) => void): void => {
  writeCompact(items.length, sink);
  items.forEach(write);
};

export const writeStrings = (strings: readonly string[], sink: Sink): void =>
  writeAll(strings, sink, (each) => str.encode(each, sink));

const writeOptional = (text: string | undefined, sink: Sink): void => {
  sink.byte(text === undefined ? 0 : 1);
  if (text !== undefined) str.encode(text, sink);
};
