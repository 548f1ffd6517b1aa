import { createHash } from 'node:crypto';
import { Metadata, TypeRegistry } from '@polkadot/types';
import type {
  MetadataLatest,
  PalletMetadataLatest,
  StorageEntryMetadataLatest,
} from '@polkadot/types/interfaces';
import { u8aToHex } from '@polkadot/util';
import { layoutsOf, type Layouts } from './layout.js';

export interface StorageFact {
  /** Hasher and layout of each key, in order; empty for a plain value. */
  readonly keys: readonly string[];
  readonly value: string;
  /** Whether an absent entry is `None` instead of the default. */
  readonly optional: boolean;
  /** SCALE bytes of the default, `0x…`; `0x00` for an optional one. */
  readonly fallback: string;
}

/** A call or an event: where its enum has it, and its arguments or fields. */
export interface VariantFact {
  readonly index: number;
  readonly fields: string;
}

export interface ConstantFact {
  readonly type: string;
  /** SCALE bytes, `0x…`. */
  readonly value: string;
}

export interface PalletFacts {
  readonly index: number;
  readonly storage: Readonly<Record<string, StorageFact>>;
  readonly calls: Readonly<Record<string, VariantFact>>;
  readonly events: Readonly<Record<string, VariantFact>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly constants: Readonly<Record<string, ConstantFact>>;
}

export interface ExtensionFact {
  readonly name: string;
  /** What it adds to an extrinsic. */
  readonly type: string;
  /** What it adds to the bytes that are signed only. */
  readonly implicit: string;
}

/** What a runtime's metadata says about itself, by name. */
export interface ChainFacts {
  readonly specVersion: number;
  readonly metadataVersion: number;
  /** Of the metadata that the facts were read from, hex. */
  readonly sha256: string;
  readonly pallets: Readonly<Record<string, PalletFacts>>;
  /** Runtime APIs: method to `(arguments) -> result`. */
  readonly apis: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** In the order of their bytes. */
  readonly extensions: readonly ExtensionFact[];
}

/**
 * Everything that metadata says about names, hashers and layouts.
 *
 * @param bytes SCALE metadata of version 14, 15 or 16 beginning with `meta`, without a wrapper
 * @throws Error for bytes that are no metadata, cut short or longer than what they say
 */
export const factsOf = (bytes: Uint8Array): ChainFacts => {
  const registry = new TypeRegistry();
  const metadata = new Metadata(registry, u8aToHex(bytes));
  // The library reads zeros where bytes are missing and ignores those left over.
  if (metadata.toU8a().length !== bytes.length) throw new Error('it is cut short or longer than it says');
  const latest = metadata.asLatest;
  const layouts = layoutsOf(latest.lookup);
  const pallets = Object.fromEntries(
    latest.pallets.map((pallet) => [pallet.name.toString(), palletFacts(latest, pallet, layouts)]),
  );
  return {
    specVersion: specVersionIn(pallets),
    metadataVersion: metadata.version,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    pallets,
    apis: Object.fromEntries(
      latest.apis.map(({ name, methods }) => [
        name.toString(),
        Object.fromEntries(
          methods.map(({ name, inputs, output }) => {
            const args = inputs.map(({ name, type }) => `${name.toString()}: ${layouts.of(type.toNumber())}`);
            return [name.toString(), `(${args.join(', ')}) -> ${layouts.of(output.toNumber())}`];
          }),
        ),
      ]),
    ),
    extensions: extensionsIn(metadata).map(([name, type, implicit]) => ({
      name,
      type: layouts.of(type),
      implicit: layouts.of(implicit),
    })),
  };
};

/**
 * Name and type ids of each extension. From the version as it came: the library's conversion to its newest one loses what
 * the older ones say of the signed bytes.
 */
const extensionsIn = (metadata: Metadata): [name: string, type: number, implicit: number][] => {
  if (metadata.version > 15) {
    return metadata.asLatest.extrinsic.transactionExtensions.map(({ identifier, type, implicit }) => [
      identifier.toString(),
      type.toNumber(),
      implicit.toNumber(),
    ]);
  }
  const { extrinsic } = metadata.version === 15 ? metadata.asV15 : metadata.asV14;
  return extrinsic.signedExtensions.map(({ identifier, type, additionalSigned }) => [
    identifier.toString(),
    type.toNumber(),
    additionalSigned.toNumber(),
  ]);
};

const palletFacts = (latest: MetadataLatest, pallet: PalletMetadataLatest, layouts: Layouts): PalletFacts => {
  const variants = (type: {
    readonly isSome: boolean;
    unwrap(): { readonly type: { toNumber(): number } };
  }) =>
    type.isSome ? [...latest.lookup.getSiType(type.unwrap().type.toNumber()).def.asVariant.variants] : [];
  const described = (type: Parameters<typeof variants>[0]) =>
    Object.fromEntries(
      variants(type).map(({ name, index, fields }) => [
        name.toString(),
        { index: index.toNumber(), fields: layouts.fields(fields) },
      ]),
    );
  return {
    index: pallet.index.toNumber(),
    storage: Object.fromEntries(
      (pallet.storage.isSome ? [...pallet.storage.unwrap().items] : []).map((item) => [
        item.name.toString(),
        storageFact(latest, item, layouts),
      ]),
    ),
    calls: described(pallet.calls),
    events: described(pallet.events),
    errors: Object.fromEntries(
      variants(pallet.errors).map(({ name, index }) => [name.toString(), index.toNumber()]),
    ),
    constants: Object.fromEntries(
      pallet.constants.map(({ name, type, value }) => [
        name.toString(),
        { type: layouts.of(type.toNumber()), value: value.toHex() },
      ]),
    ),
  };
};

const storageFact = (
  { lookup }: MetadataLatest,
  { type, modifier, fallback }: StorageEntryMetadataLatest,
  layouts: Layouts,
): StorageFact => {
  const common = { optional: modifier.isOptional, fallback: fallback.toHex() };
  if (type.isPlain) return { keys: [], value: layouts.of(type.asPlain.toNumber()), ...common };
  const { hashers, key, value } = type.asMap;
  const def = lookup.getSiType(key).def;
  const keyTypes = hashers.length === 1 ? [key.toNumber()] : def.asTuple.map((each) => each.toNumber());
  return {
    keys: hashers.map((hasher, i) => `${hasher.type} ${layouts.of(keyTypes[i] ?? 0)}`),
    value: layouts.of(value.toNumber()),
    ...common,
  };
};

/** `System.Version`: two names, then authoring and spec version. */
const specVersionIn = (pallets: Readonly<Record<string, PalletFacts>>): number => {
  const hex = pallets['System']?.constants['Version']?.value;
  if (hex === undefined) return 0;
  const bytes = Buffer.from(hex.slice(2), 'hex');
  // Both names are shorter than 64 bytes, so their lengths take one byte each.
  const afterFirst = 1 + (bytes.readUInt8(0) >> 2);
  const afterSecond = afterFirst + 1 + (bytes.readUInt8(afterFirst) >> 2);
  return bytes.readUInt32LE(afterSecond + 4);
};
