import type { PortableRegistry } from '@polkadot/types';
import type { Si1Field, Si1TypeDef, Si1Variant } from '@polkadot/types/interfaces';

/** Types that are told by their names: what they consist of is known to every client, or is the whole runtime. */
const NAMED: Readonly<Record<string, string>> = {
  'sp_core::crypto::AccountId32': 'AccountId32',
  'primitive_types::H256': 'H256',
  'sp_runtime::multiaddress::MultiAddress': 'MultiAddress',
  'sp_runtime::MultiSignature': 'MultiSignature',
  'sp_runtime::generic::era::Era': 'Era',
  'sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic': 'UncheckedExtrinsic',
  'fp_self_contained::unchecked_extrinsic::UncheckedExtrinsic': 'UncheckedExtrinsic',
  'node_subtensor_runtime::RuntimeCall': 'RuntimeCall',
  'node_subtensor_runtime::RuntimeEvent': 'RuntimeEvent',
};

/** A reader of the types in one runtime's metadata. */
export interface Layouts {
  /**
   * How the values of a type are bytes, in one line: `Vec<(u16, u16)>`, `{ block: u32, info: … }`,
   * `enum { Yuma = 0, Null = 1 }`. A struct of one unnamed field is what it holds, as its bytes are the same, so that
   * a renamed wrapper is no difference.
   */
  of(typeId: number): string;
  /** The fields of a call or an event, as {@link of} writes them. */
  fields(fields: readonly Si1Field[]): string;
}

export const layoutsOf = (lookup: PortableRegistry): Layouts => {
  const known = new Map<number, string>();

  const of = (typeId: number): string => {
    const made = known.get(typeId);
    if (made !== undefined) return made;
    // A type that holds itself would never end; in this runtime only calls do, which are told by name.
    known.set(typeId, '…');
    const type = lookup.getSiType(typeId);
    const path = type.path.map(String);
    const layout = NAMED[path.join('::')] ?? definition(type.def, path.at(-1) ?? '');
    known.set(typeId, layout);
    return layout;
  };

  const field = ({ name, type }: Si1Field): string =>
    name.isSome ? `${name.unwrap().toString()}: ${of(type.toNumber())}` : of(type.toNumber());

  const fields = (all: readonly Si1Field[]): string => all.map(field).join(', ');

  const variant = ({ name, index, fields: held }: Si1Variant): string => {
    const named = held[0]?.name.isSome === true;
    const inner = held.length === 0 ? '' : named ? ` { ${fields(held)} }` : ` (${fields(held)})`;
    return `${name.toString()} = ${index.toNumber()}${inner}`;
  };

  const definition = (def: Si1TypeDef, name: string): string => {
    if (def.isPrimitive) return def.asPrimitive.type.toLowerCase();
    if (def.isCompact) return `Compact<${of(def.asCompact.type.toNumber())}>`;
    if (def.isSequence) return `Vec<${of(def.asSequence.type.toNumber())}>`;
    if (def.isArray) return `[${of(def.asArray.type.toNumber())}; ${def.asArray.len.toNumber()}]`;
    if (def.isTuple) return `(${def.asTuple.map((each) => of(each.toNumber())).join(', ')})`;
    if (def.isVariant) {
      const { variants } = def.asVariant;
      if (name === 'Option')
        return `Option<${fields(variants.find((each) => each.name.eq('Some'))?.fields ?? [])}>`;
      return `enum { ${withRuns(variants.map(variant)).join(', ')} }`;
    }
    if (def.isComposite) {
      const held = [...def.asComposite.fields];
      if (held.length === 0) return '()';
      if (held.every(({ name }) => name.isNone))
        return held.length === 1 ? fields(held) : `(${fields(held)})`;
      return `{ ${fields(held)} }`;
    }
    throw new Error(`no layout for a ${def.type}`);
  };

  return { of, fields };
};

/** `Raw0 = 1 ([u8; 0])` up to `Raw128 = 129 ([u8; 128])` as one: what counts up together is a run. */
const withRuns = (variants: readonly string[]): string[] => {
  const shape = (text: string) => text.replace(/\d+/g, '#');
  const runs: string[][] = [];
  for (const each of variants) {
    const run = runs.at(-1);
    const isNext = run?.[0] !== undefined && shape(run[0]) === shape(each) && / \(\[u8; \d+\]\)$/.test(each);
    if (run && isNext) run.push(each);
    else runs.push([each]);
  }
  return runs.flatMap((run) => (run.length > 2 ? [`${run[0]} … ${run.at(-1)}`] : run));
};

/** How a value is read: fields by their names from live metadata, or each at its place. */
export type ReadBy = 'name' | 'place';

/**
 * Whether a layout is another one with something added that readers of the other one do not notice: fields of a struct
 * and variants of an enum anywhere, parts of a tuple at its end. What was there is all there.
 *
 * @param readBy `place` for a value whose bytes are read without metadata: then structs are as tuples
 */
export const isExtensionOf = (base: string, layout: string, readBy: ReadBy = 'name'): boolean => {
  const [from, to] = [withoutWidths(base), withoutWidths(layout)];
  if (from === to) return true;
  if (from.includes(' -> ')) return isMethodExtension(from, to, readBy);
  const [parts, others] = [partsOf(from), partsOf(to)];
  if (parts.length !== 1 || LABEL.test(from)) return isListExtension(parts, others, readBy);
  const [inside, other] = [bracketed(from), bracketed(to)];
  if (!inside || inside.head !== other?.head || inside.open !== other.open) return false;
  const [held, otherHeld] = [partsOf(inside.inner), partsOf(other.inner)];
  const mayGrow = inside.open === '(' || inside.open === '{';
  return (mayGrow || held.length === otherHeld.length) && isListExtension(held, otherHeld, readBy);
};

/** A method is called with exactly the arguments that there are. */
const isMethodExtension = (from: string, to: string, readBy: ReadBy): boolean => {
  const [args = '', result = ''] = from.split(' -> ');
  const [otherArgs = '', otherResult = ''] = to.split(' -> ');
  const sameCount = partsOf(args.slice(1, -1)).length === partsOf(otherArgs.slice(1, -1)).length;
  return sameCount && isExtensionOf(args, otherArgs) && isExtensionOf(result, otherResult, readBy);
};

const isListExtension = (parts: readonly string[], others: readonly string[], readBy: ReadBy): boolean =>
  parts.every((part, index) => {
    const { label, value } = labelled(part);
    const isField = label.endsWith(':');
    const isPlaced = label === '' || (isField && readBy === 'place');
    const candidates = (isPlaced ? others.slice(index, index + 1) : others).map(labelled);
    const found = candidates.find((other) => other.label === label);
    if (!found) return false;
    // A variant that holds nothing is its name alone to a reader.
    return value === '' ? found.value === '' : isExtensionOf(value, found.value, readBy);
  });

/** `name:` of a field or `Name = 7` of a variant, and what follows; without a label all of it is the value. */
const labelled = (part: string) => {
  const [, label = '', value = ''] = LABEL.exec(part) ?? ['', '', part];
  return { label, value };
};

const LABEL = /^(\w+:|\w+ = \d+)(?: (.*))?$/s;

/** `Vec<u8>` is `Vec`, `<` and `u8`. */
const bracketed = (text: string) => {
  const [, head, open, inner] = /^([^({[<]*)([({[<])(.*)[)}\]>]$/s.exec(text) ?? [];
  return head === undefined || open === undefined || inner === undefined ? null : { head, open, inner };
};

/** A compact integer's bytes do not depend on how wide it may become. */
const withoutWidths = (layout: string): string => layout.replaceAll(/Compact<u\d+>/g, 'Compact');

/** The parts between the outermost commas: the arguments of a call, the fields of an event. */
export const partsOf = (fields: string): string[] => {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const letter of fields) {
    if ('({[<'.includes(letter)) depth += 1;
    if (')}]>'.includes(letter)) depth -= 1;
    if (letter === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += letter;
  }
  return part.trim() === '' ? parts : [...parts, part.trim()];
};
