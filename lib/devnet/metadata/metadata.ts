import { concatBytes } from '@noble/hashes/utils.js';
import { EXTENSIONS, extra, uncheckedExtrinsic } from '../node/extrinsic.js';
import type { RuntimeApi } from '../runtime/api.js';
import { palletEnum, runtimeCall, runtimeError, runtimeEvent } from '../runtime/outer.js';
import type { Pallet } from '../runtime/pallet.js';
import type { RuntimeSettings } from '../runtime/settings.js';
import type { AnyStorageItem, HasherName } from '../runtime/storage.js';
import { multiAddress, multiSignature } from '../runtime/types.js';
import { bytes, encodeWith, Sink, str, tuple, writeCompact, type Codec } from '../scale/index.js';
import { TypeRegistry, writeAll, writeStrings } from './type-registry.js';

const HASHERS: Readonly<Record<HasherName, number>> = { Blake2_128Concat: 2, Twox64Concat: 5, Identity: 6 };
const EXTRINSIC_VERSION = 4;

const onlyDescribed = (): never => {
  throw new Error('this type is only described');
};

const runtimeType: Codec<unknown> = {
  info: { kind: 'composite', path: ['node_subtensor_runtime', 'Runtime'], fields: [] },
  encode: onlyDescribed,
  decode: onlyDescribed,
};

/**
 * The metadata of a runtime, as frame-metadata 14 or 15 lays it out.
 *
 * @returns SCALE bytes beginning with the magic number, without a wrapper
 */
export const metadataBytes = (
  version: 14 | 15,
  pallets: readonly Pallet[],
  apis: readonly RuntimeApi[],
  settings: RuntimeSettings,
): Uint8Array => {
  const registry = new TypeRegistry();
  // The body enters the types that it mentions; the registry is written in front of it.
  const body = new Sink();
  new MetadataWriter(version, registry, body, settings).write(pallets, apis);
  const types = new Sink();
  registry.write(types);
  return concatBytes(new TextEncoder().encode('meta'), Uint8Array.of(version), types.bytes, body.bytes);
};

class MetadataWriter {
  constructor(
    private readonly version: 14 | 15,
    private readonly registry: TypeRegistry,
    private readonly sink: Sink,
    private readonly settings: RuntimeSettings,
  ) {}

  write(pallets: readonly Pallet[], apis: readonly RuntimeApi[]): void {
    writeAll(pallets, this.sink, (pallet) => this.#pallet(pallet));
    this.#extrinsic();
    this.#type(runtimeType);
    if (this.version === 14) return;
    writeAll(apis, this.sink, (api) => this.#api(api));
    for (const outer of [runtimeCall, runtimeEvent, runtimeError]) this.#type(outer);
    writeAll([], this.sink, () => undefined);
  }

  #pallet(pallet: Pallet): void {
    const { sink } = this;
    str.encode(pallet.name, sink);
    this.#maybe(pallet.storage.length > 0, () => {
      str.encode(pallet.name, sink);
      writeAll(pallet.storage, sink, (item) => this.#storageItem(item));
    });
    this.#optionalType(palletEnum(pallet, 'Call'));
    this.#optionalType(palletEnum(pallet, 'Event'));
    writeAll(pallet.constants, sink, ({ name, codec, value }) => {
      str.encode(name, sink);
      this.#type(codec);
      bytes.encode(encodeWith(codec, value(this.settings)), sink);
      this.#noDocs();
    });
    this.#optionalType(palletEnum(pallet, 'Error'));
    sink.byte(pallet.index);
    if (this.version === 15) this.#noDocs();
  }

  #storageItem({ name, keys, value, fallback }: AnyStorageItem): void {
    const { sink } = this;
    str.encode(name, sink);
    sink.byte(fallback === undefined ? 0 : 1);
    const [only] = keys;
    if (!only) {
      sink.byte(0);
    } else {
      sink.byte(1);
      writeAll(keys, sink, ({ hasher }) => sink.byte(HASHERS[hasher]));
      this.#type(keys.length === 1 ? only.codec : tuple(...keys.map(({ codec }) => codec)));
    }
    this.#type(value);
    bytes.encode(fallback === undefined ? Uint8Array.of(0) : encodeWith(value, fallback), sink);
    this.#noDocs();
  }

  #extrinsic(): void {
    const { sink } = this;
    if (this.version === 14) {
      this.#type(uncheckedExtrinsic);
      sink.byte(EXTRINSIC_VERSION);
    } else {
      sink.byte(EXTRINSIC_VERSION);
      for (const type of [multiAddress, runtimeCall, multiSignature, extra]) this.#type(type);
    }
    writeAll(EXTENSIONS, sink, ({ identifier, type, additional }) => {
      str.encode(identifier, sink);
      this.#type(type);
      this.#type(additional);
    });
  }

  #api({ name, methods }: RuntimeApi): void {
    const { sink } = this;
    str.encode(name, sink);
    writeAll(methods, sink, (each) => {
      str.encode(each.name, sink);
      writeAll(Object.entries(each.inputs), sink, ([input, type]) => {
        str.encode(input, sink);
        this.#type(type);
      });
      this.#type(each.output);
      this.#noDocs();
    });
    this.#noDocs();
  }

  #type(codec: Codec<unknown>): void {
    writeCompact(this.registry.idOf(codec), this.sink);
  }

  #optionalType(codec: Codec<unknown> | null): void {
    this.#maybe(codec !== null, () => {
      if (codec) this.#type(codec);
    });
  }

  #maybe(present: boolean, write: () => void): void {
    this.sink.byte(present ? 1 : 0);
    if (present) write();
  }

  #noDocs(): void {
    writeStrings([], this.sink);
  }
}
