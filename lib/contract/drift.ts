import type { ChainFacts, ExtensionFact, PalletFacts, StorageFact } from './facts.js';
import { isExtensionOf, partsOf, type ReadBy } from './layout.js';
import { READ_BY_PLACE, REPLACEABLE, type Touched } from './touched.js';

/** How much a difference matters to this product. */
export type DriftSeverity =
  /** What the product does there fails or misreads. */
  | 'breaking'
  /** Absent, but the product does without it; or something was added to what it reads by name. */
  | 'tolerated'
  /** Read from live metadata or resolved by name, so that nothing depends on it. */
  | 'harmless';

export type DriftKind = 'storage' | 'call' | 'event' | 'error' | 'constant' | 'api' | 'extension' | 'pallet';

/** One difference between what a runtime is expected to be and what it is. */
export interface Drift {
  readonly severity: DriftSeverity;
  readonly kind: DriftKind;
  /** `SubtensorModule.Uids`, `SwapRuntimeApi.current_alpha_price`, or the name of a pallet or an extension. */
  readonly item: string;
  /** What differs: `absent`, `keys`, `value`, `fields`, `index`, `default`, `type`. */
  readonly aspect: string;
  /** Null where it is absent. */
  readonly expected: string | null;
  readonly actual: string | null;
  /** What follows for the product, where it is worth saying. */
  readonly note: string | null;
}

type Difference = Pick<Drift, 'severity' | 'aspect' | 'expected' | 'actual' | 'note'>;

/** Every difference in what is touched, the breaking ones first. Nothing that only one side has besides is told. */
export const driftOf = (expected: ChainFacts, actual: ChainFacts, touched: Touched): Drift[] => {
  const pallets = Object.entries(touched.pallets).flatMap(([pallet, names]) =>
    palletDrift(pallet, expected.pallets[pallet], actual.pallets[pallet], names),
  );
  const apis = Object.entries(touched.apis).flatMap(([api, methods]) =>
    methods.flatMap((method) =>
      itemDrift('api', `${api}.${method}`, expected.apis[api]?.[method], actual.apis[api]?.[method], (a, b) =>
        layoutDiffers('type', a, b, READ_BY_PLACE.has(`${api}.${method}`) ? 'place' : 'name'),
      ),
    ),
  );
  const all = [...pallets, ...apis, ...extensionDrift(expected.extensions, actual.extensions)];
  const order: readonly DriftSeverity[] = ['breaking', 'tolerated', 'harmless'];
  return all.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
};

const palletDrift = (
  pallet: string,
  expected: PalletFacts | undefined,
  actual: PalletFacts | undefined,
  names: Touched['pallets'][string],
): Drift[] => {
  if (!expected && !actual) return [];
  if (!actual) return [absent('pallet', pallet)];
  const of = <T>(
    kind: DriftKind,
    wanted: readonly string[] | undefined,
    section: (facts: PalletFacts) => Readonly<Record<string, T>>,
    compare: (expected: T, actual: T) => Difference[],
  ): Drift[] =>
    (wanted ?? []).flatMap((name) =>
      itemDrift(
        kind,
        `${pallet}.${name}`,
        expected && section(expected)[name],
        section(actual)[name],
        compare,
      ),
    );
  return [
    ...(expected ? itemDrift('pallet', pallet, expected.index, actual.index, indexOnly) : []),
    ...of('storage', names.storage, ({ storage }) => storage, storageDifferences),
    ...of('call', names.calls, ({ calls }) => calls, callDifferences),
    ...of('event', names.events, ({ events }) => events, eventDifferences),
    ...of('error', names.errors, ({ errors }) => errors, indexOnly),
    ...of(
      'constant',
      names.constants,
      ({ constants }) => constants,
      (a, b) => [...layoutDiffers('type', a.type, b.type), ...differs('harmless', 'value', a.value, b.value)],
    ),
  ];
};

const itemDrift = <T>(
  kind: DriftKind,
  item: string,
  expected: T | undefined,
  actual: T | undefined,
  compare: (expected: T, actual: T) => Difference[],
): Drift[] => {
  // What the reference never had cannot have drifted.
  if (expected === undefined) return [];
  if (actual === undefined) return [absent(kind, item)];
  return compare(expected, actual).map((difference) => ({ kind, item, ...difference }));
};

const absent = (kind: DriftKind, item: string): Drift => {
  const note = REPLACEABLE[item] ?? (kind === 'error' ? 'it is never returned then' : null);
  return {
    severity: note === null ? 'breaking' : 'tolerated',
    kind,
    item,
    aspect: 'absent',
    expected: 'present',
    actual: null,
    note,
  };
};

const storageDifferences = (expected: StorageFact, actual: StorageFact): Difference[] => [
  ...differs('breaking', 'keys', expected.keys.join(', '), actual.keys.join(', ')),
  ...layoutDiffers('value', expected.value, actual.value),
  ...differs('breaking', 'optional', String(expected.optional), String(actual.optional)),
  ...differs('harmless', 'default', expected.fallback, actual.fallback),
];

interface Variant {
  readonly index: number;
  readonly fields: string;
}

/** What is sent has exactly the arguments that there are; inside of them a new variant changes nothing. */
const callDifferences = (expected: Variant, actual: Variant): Difference[] => [
  ...(partsOf(expected.fields).length === partsOf(actual.fields).length
    ? layoutDiffers('fields', expected.fields, actual.fields)
    : differs('breaking', 'fields', expected.fields, actual.fields)),
  ...indexOnly(expected.index, actual.index),
];

const eventDifferences = (expected: Variant, actual: Variant): Difference[] => [
  ...layoutDiffers('fields', expected.fields, actual.fields),
  ...indexOnly(expected.index, actual.index),
];

const ADDED = 'something was added where it changes nothing that is read';

const layoutDiffers = (
  aspect: string,
  expected: string,
  actual: string,
  readBy: ReadBy = 'name',
): Difference[] =>
  isExtensionOf(expected, actual, readBy)
    ? differs('tolerated', aspect, expected, actual, ADDED)
    : differs('breaking', aspect, expected, actual);

const indexOnly = (expected: number, actual: number): Difference[] =>
  differs('harmless', 'index', String(expected), String(actual));

const differs = (
  severity: DriftSeverity,
  aspect: string,
  expected: string,
  actual: string,
  note: string | null = null,
): Difference[] => (expected === actual ? [] : [{ severity, aspect, expected, actual, note }]);

/** An extension without bytes may come and go; one with bytes, or in another place, makes every signature wrong. */
const extensionDrift = (expected: readonly ExtensionFact[], actual: readonly ExtensionFact[]): Drift[] => {
  const inBytes = (all: readonly ExtensionFact[]) =>
    all.filter(({ type, implicit }) => type !== '()' || implicit !== '()');
  const text = (all: readonly ExtensionFact[]) =>
    all.map(({ name, type, implicit }) => `${name} ${type} + ${implicit}`).join('; ');
  const [wanted, found] = [text(inBytes(expected)), text(inBytes(actual))];
  const drift = differs('breaking', 'type', wanted, found).map((difference): Drift => ({
    kind: 'extension',
    item: 'signed extensions',
    ...difference,
  }));
  const names = (all: readonly ExtensionFact[]) => all.map(({ name }) => name);
  const [before, after] = [names(expected), names(actual)];
  const changed = [
    ...before.filter((name) => !after.includes(name)).map((name) => [name, 'present', null] as const),
    ...after.filter((name) => !before.includes(name)).map((name) => [name, null, 'present'] as const),
  ];
  return [
    ...drift,
    ...changed.map(([item, expected, actual]): Drift => ({
      severity: 'harmless',
      kind: 'extension',
      item,
      aspect: actual === null ? 'absent' : 'added',
      expected,
      actual,
      note: 'it adds no bytes, or the line on all of them tells',
    })),
  ];
};
