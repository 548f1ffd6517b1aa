import { ScaleError, type Codec, type VariantInfo } from '../scale/index.js';
import type { Pallet, RuntimeCall, RuntimeEvent } from './pallet.js';

/*
 * The enums over all pallets. Pallets refer to them (a call may hold a call), so they learn of the pallets only once
 * these exist.
 */
let pallets: readonly Pallet[] = [];
let palletOfIndex = new Map<number, Pallet>();

/** Called once, where the runtime is put together. */
export const bindOuterEnums = (all: readonly Pallet[]): void => {
  pallets = all;
  palletOfIndex = new Map(all.map((pallet) => [pallet.index, pallet]));
};

type Kind = 'Call' | 'Event' | 'Error';

const variantsOf = (pallet: Pallet, kind: Kind): readonly VariantInfo[] =>
  kind === 'Call' ? pallet.calls : kind === 'Event' ? pallet.events : pallet.errors;

const onlyDescribed = (): never => {
  throw new ScaleError('this enum is only described');
};

const palletEnums = new Map<string, Codec<unknown>>();

/** A pallet's enum of calls, events or errors, as the metadata names it; null when it has none. */
export const palletEnum = (pallet: Pallet, kind: Kind): Codec<unknown> | null => {
  const variants = variantsOf(pallet, kind);
  if (variants.length === 0) return null;
  const path = [pallet.crate, 'pallet', kind];
  const known = palletEnums.get(path.join('::'));
  if (known) return known;
  const params = kind === 'Event' ? [] : [{ name: 'T', type: null }];
  const made: Codec<unknown> = {
    info: { kind: 'variant', path, params, variants: () => variants },
    encode: onlyDescribed,
    decode: onlyDescribed,
  };
  palletEnums.set(path.join('::'), made);
  return made;
};

const outerVariants = (kind: Kind): VariantInfo[] =>
  pallets.flatMap((pallet) => {
    const type = palletEnum(pallet, kind);
    return type ? [{ name: pallet.name, index: pallet.index, fields: [{ type }] }] : [];
  });

const outerInfo = (kind: Kind) =>
  ({
    kind: 'variant',
    path: ['node_subtensor_runtime', `Runtime${kind}`],
    variants: () => outerVariants(kind),
  }) as const;

/** Any call of any pallet. */
export const runtimeCall: Codec<RuntimeCall> = {
  info: outerInfo('Call'),
  encode: (call, sink) => call.encode(sink),
  decode: (source) =>
    source.nested(() => {
      const pallet = palletOfIndex.get(source.byte());
      const index = source.byte();
      const definition = pallet?.calls.find((call) => call.index === index);
      if (!definition) throw new ScaleError('no such call');
      return definition.decode(source);
    }),
};

/** Any event of any pallet. Written into blocks, never read back. */
export const runtimeEvent: Codec<RuntimeEvent> = {
  info: outerInfo('Event'),
  encode: (event, sink) => event.encode(sink),
  decode: onlyDescribed,
};

/** Any error of any pallet, for the metadata. */
export const runtimeError: Codec<unknown> = {
  info: outerInfo('Error'),
  encode: onlyDescribed,
  decode: onlyDescribed,
};
