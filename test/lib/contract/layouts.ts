import { metadataBytes } from '../../../lib/devnet/metadata/metadata.js';
import type { ApiMethod, RuntimeApi } from '../../../lib/devnet/runtime/api.js';
import { runtimeCall, runtimeEvent } from '../../../lib/devnet/runtime/outer.js';
import type { Pallet } from '../../../lib/devnet/runtime/pallet.js';
import type { HasherName } from '../../../lib/devnet/runtime/storage.js';
import { accountId, h256, multiAddress, multiSignature } from '../../../lib/devnet/runtime/types.js';
import type {
  Codec,
  FieldInfo,
  PrimitiveName,
  TypeInfo,
  VariantInfo,
} from '../../../lib/devnet/scale/index.js';
import { uncheckedExtrinsic } from '../../../lib/devnet/node/extrinsic.js';
import type { ChainFacts, PalletFacts } from '../../../lib/contract/index.js';

/** A type that is only described: values are bytes already. */
const described = (info: TypeInfo): Codec<unknown> => ({
  info,
  encode: (value, sink) => sink.write(value as Uint8Array),
  decode: () => {
    throw new Error('only described');
  },
});

const NAMED: Readonly<Record<string, Codec<unknown>>> = {
  AccountId32: accountId,
  H256: h256,
  MultiAddress: multiAddress,
  MultiSignature: multiSignature,
  RuntimeCall: runtimeCall,
  RuntimeEvent: runtimeEvent,
  UncheckedExtrinsic: uncheckedExtrinsic,
};

/** Reads layouts as `lib/contract/layout.ts` writes them. */
class LayoutParser {
  #at = 0;

  constructor(private readonly text: string) {}

  static type(text: string): Codec<unknown> {
    const parser = new LayoutParser(text);
    const made = parser.#type();
    if (parser.#at < text.length) throw new Error(`left over in ${text}: ${text.slice(parser.#at)}`);
    return made;
  }

  static fields(text: string): FieldInfo[] {
    const parser = new LayoutParser(text);
    return text === '' ? [] : parser.#fields();
  }

  #type(): Codec<unknown> {
    if (this.#takes('{ ')) return this.#composite();
    if (this.#takes('(')) return described({ kind: 'tuple', of: this.#list(')').map(({ type }) => type) });
    if (this.#takes('[')) {
      const of = this.#type();
      this.#expect('; ');
      const length = Number(this.#match(/^\d+/));
      this.#expect(']');
      return described({ kind: 'array', of, length });
    }
    if (this.#takes('enum { ')) return this.#enumeration();
    if (this.#takes('Vec<')) return this.#closed((of) => ({ kind: 'sequence', of }));
    if (this.#takes('Compact<')) return this.#closed((of) => ({ kind: 'compact', of }));
    if (this.#takes('Option<')) {
      return this.#closed((of) => ({
        kind: 'variant',
        path: ['Option'],
        params: [{ name: 'T', type: of }],
        variants: () => [
          { name: 'None', index: 0, fields: [] },
          { name: 'Some', index: 1, fields: [{ type: of }] },
        ],
      }));
    }
    const name = this.#match(/^\w+/);
    return NAMED[name] ?? described({ kind: 'primitive', primitive: name as PrimitiveName });
  }

  #closed(info: (of: Codec<unknown>) => TypeInfo): Codec<unknown> {
    const of = this.#type();
    this.#expect('>');
    return described(info(of));
  }

  #composite(): Codec<unknown> {
    const fields = this.#fields();
    this.#expect(' }');
    return described({ kind: 'composite', path: this.#path(), fields });
  }

  #enumeration(): Codec<unknown> {
    const variants: VariantInfo[] = [];
    do {
      const variant = this.#variant();
      variants.push(variant);
      if (this.#takes(' … ')) variants.push(...this.#run(variant));
    } while (this.#takes(', '));
    this.#expect(' }');
    return described({ kind: 'variant', path: this.#path(), variants: () => variants });
  }

  #variant(): VariantInfo {
    const name = this.#match(/^\w+/);
    this.#expect(' = ');
    const index = Number(this.#match(/^\d+/));
    if (this.#takes(' { ')) {
      const fields = this.#fields();
      this.#expect(' }');
      return { name, index, fields };
    }
    return { name, index, fields: this.#takes(' (') ? this.#list(')') : [] };
  }

  /** `Raw0 = 1 ([u8; 0]) … Raw128 = 129 ([u8; 128])`: those between, and the last. */
  #run(first: VariantInfo): VariantInfo[] {
    const last = this.#variant();
    const stem = first.name.replace(/\d+$/, '');
    const start = Number(first.name.slice(stem.length));
    return Array.from({ length: last.index - first.index }, (_, i) => ({
      name: `${stem}${start + 1 + i}`,
      index: first.index + 1 + i,
      fields: [{ type: LayoutParser.type(`[u8; ${start + 1 + i}]`) }],
    }));
  }

  #list(end: string): FieldInfo[] {
    if (this.#takes(end)) return [];
    const fields = this.#fields();
    this.#expect(end);
    return fields;
  }

  #fields(): FieldInfo[] {
    const fields: FieldInfo[] = [];
    do {
      const name = /^(\w+): /.exec(this.text.slice(this.#at))?.[1];
      if (name !== undefined) this.#at += name.length + 2;
      fields.push({ ...(name !== undefined && { name }), type: this.#type() });
    } while (this.#takes(', '));
    return fields;
  }

  /** Types need a name of their own; what it is does not matter here. */
  #path(): string[] {
    return ['described', `T${nextType++}`];
  }

  #takes(text: string): boolean {
    if (!this.text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw new Error(`expected ${text} at ${this.text.slice(this.#at)}`);
  }

  #match(pattern: RegExp): string {
    const found = pattern.exec(this.text.slice(this.#at))?.[0];
    if (found === undefined) throw new Error(`expected ${pattern} at ${this.text.slice(this.#at)}`);
    this.#at += found.length;
    return found;
  }
}

let nextType = 0;

/**
 * Metadata of version 15 with exactly what facts tell, so that a client can be held to a runtime whose metadata is not at
 * hand.
 */
export const metadataFrom = (facts: ChainFacts): Uint8Array => {
  const pallets = Object.entries(facts.pallets).map(([name, pallet]) => palletFrom(facts, name, pallet));
  const apis = Object.entries(facts.apis).map(([name, methods]): RuntimeApi => ({
    name,
    version: 1,
    methods: Object.entries(methods).map(([method, layout]) => methodFrom(method, layout)),
  }));
  return metadataBytes(15, pallets, apis, {
    blockTimeMs: 12_000,
    specVersion: facts.specVersion,
    apis: [],
  });
};

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.slice(2), 'hex');

const palletFrom = ({ specVersion }: ChainFacts, name: string, pallet: PalletFacts): Pallet => ({
  name,
  index: pallet.index,
  crate: `described_${specVersion}_${name}`,
  storage: Object.entries(pallet.storage).map(([item, { keys, value, optional, fallback }]) => ({
    name: item,
    keys: keys.map((key) => {
      const [hasher, ...layout] = key.split(' ');
      return { hasher: hasher as HasherName, codec: LayoutParser.type(layout.join(' ')) };
    }),
    value: described(LayoutParser.type(value).info),
    fallback: optional ? undefined : bytesOf(fallback),
    prefix: '',
  })),
  calls: Object.entries(pallet.calls).map(([call, { index, fields }]) => ({
    name: call,
    index,
    fields: LayoutParser.fields(fields),
    decode: () => {
      throw new Error('only described');
    },
  })),
  events: Object.entries(pallet.events).map(([event, { index, fields }]) => ({
    name: event,
    index,
    fields: LayoutParser.fields(fields),
  })),
  errors: Object.entries(pallet.errors).map(([error, index]) => ({ name: error, index, fields: [] })),
  constants: Object.entries(pallet.constants).map(([constant, { type, value }]) => ({
    name: constant,
    codec: described(LayoutParser.type(type).info),
    value: () => bytesOf(value),
  })),
});

const methodFrom = (name: string, layout: string): ApiMethod => {
  const [, inputs = '', output = ''] = /^\((.*?)\) -> (.*)$/.exec(layout) ?? [];
  const fields = LayoutParser.fields(inputs);
  return {
    name,
    inputs: Object.fromEntries(fields.map(({ name, type }) => [name ?? '', type])),
    output: LayoutParser.type(output),
    run: () => new Uint8Array(),
  };
};
