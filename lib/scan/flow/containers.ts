import { additionsIn, mayAdd, TYPES } from './additions.js';
import type { Calls } from './calls.js';
import type { Expressions } from './expressions.js';
import { ANY_DEPTH, type FlowGraph } from './flow-graph.js';
import { derived, numbers, pushTo } from '../lists.js';
import type { Scopes } from '../scopes.js';
import type { Tables } from './tables.js';
import { sourcesOfTarget, type Selector, type Source } from './targets.js';
import { textAt, type PyNode } from '../tree.js';

/** What containers get after they were made. */
export interface Containers {
  /**
   * What a part of an expression's value was given later, by whatever name: an expression that may be a container by its
   * name, `held`, or `.held` of an attribute.
   */
  readonly addedTo: (expression: PyNode, parts: readonly Selector[]) => readonly Source[];
}

interface Following extends Pick<Calls, 'calleesOf' | 'positionalsOf'>, Pick<Expressions, 'wordOf'> {
  readonly graph: FlowGraph;
  readonly question: <Fact>(
    own: (origin: PyNode) => readonly Fact[],
  ) => (expression: PyNode) => readonly Fact[];
  /** The same about a part of an expression's value. */
  readonly questionAt: <Fact>(
    own: (origin: PyNode) => readonly Fact[],
  ) => (source: Source) => readonly Fact[];
}

/** A container by its name, or one that it holds under keys. */
interface Place {
  readonly name: string;
  readonly keys: readonly Selector[];
}

export const analyseContainers = (
  nodes: readonly PyNode[],
  scopes: Scopes,
  tables: Tables,
  { graph, question, questionAt, calleesOf, positionalsOf, wordOf }: Following,
): Containers => {
  const makers = questionAt((node) => (DISPLAYS.has(node.type) || isMade(node) ? IS_IT : NONE));
  const isMade = (node: PyNode): boolean =>
    node.type === 'Call' && calleesOf(node).some((callee) => MAKERS.has(wordOf(callee)));
  const stored = nodes.flatMap((node): readonly (readonly [string, PyNode])[] =>
    isStored(node) ? [[textAt(node, 'attr') ?? '', node]] : NONE,
  );
  const inClasses = scopes.all.flatMap(({ kind, bindings }): readonly (readonly [string, PyNode])[] =>
    kind === 'class'
      ? [...bindings].flatMap(([name, held]) =>
          held.map(({ node }): readonly [string, PyNode] => [name, node]),
        )
      : NONE,
  );
  /** Hundreds of other attributes lead to each other in a model's code. */
  const attributes = tables.table((_: 'all'): readonly string[] => {
    const found = new Set<string>();
    for (const [name, node] of [...stored, ...inClasses])
      if (!found.has(name) && holdsContainer(node)) found.add(name);
    return [...found];
  });
  const holdsContainer = (target: PyNode): boolean =>
    sourcesOfTarget(target).some((source) => makers(source).length > 0);
  const asSet = derived((names: readonly string[]) => new Set(names));
  const nameOf = (expression: PyNode): string | undefined => {
    if (expression.type === 'Name') return textAt(expression, 'id');
    const attr = expression.type === 'Attribute' ? (textAt(expression, 'attr') ?? '') : '';
    return attr !== '' && asSet(attributes.get('all')).has(attr) ? `.${attr}` : undefined;
  };

  const places = new Map<string, Place>();
  /** The same place is the same thing, so that facts are told apart. */
  const placeOf = (name: string, keys: readonly Selector[]): Place => {
    const id = JSON.stringify([name, ...keys]);
    const place = places.get(id) ?? { name, keys };
    places.set(id, place);
    return place;
  };
  const placesOfStates = graph.questionOfStates(({ node, parts }): readonly Place[] => {
    const name = nameOf(node);
    return name === undefined ? NONE : [placeOf(name, parts)];
  });
  const placesOf = (expression: PyNode) => placesOfStates(graph.state(expression, [], false));

  const types = question((node) => (TYPES.has(wordOf(node)) ? IS_IT : NONE));
  const given = { calleesOf, positionalsOf, wordOf, isType: (base: PyNode) => types(base).length > 0 };
  const adding = nodes.filter(mayAdd);
  const numberOf = numbers<PyNode>();
  /** Asked for as a whole, as the calls are. */
  const all = tables.table(
    (_: 'all') =>
      adding
        .flatMap((node) => additionsIn(node, given))
        .flatMap(({ base, keys, source }): readonly Kept[] => {
          const found = placesOf(base);
          if (graph.spend(base, found.length * KEPT_WORK)) return NONE;
          return found.map((place) => ({ place: placeOf(place.name, [...place.keys, ...keys]), source }));
        }),
    undefined,
    ({ place, source: { node, parts } }) => JSON.stringify([place.name, place.keys, numberOf(node), parts]),
  );
  const byName = derived((found: readonly Kept[]) => {
    const grouped = new Map<string, Shelf>();
    for (const kept of found) {
      const { name, keys } = kept.place;
      const shelf = grouped.get(name) ?? { all: [], anywhere: [], byKey: new Map<string, Kept[]>() };
      grouped.set(name, shelf);
      shelf.all.push(kept);
      const [key] = keys;
      if (typeof key === 'string' && key !== ANY_DEPTH) pushTo(shelf.byKey, key, kept);
      else shelf.anywhere.push(kept);
    }
    return grouped;
  });
  const keptUnder = (name: string, part: Selector): readonly Kept[] => {
    const shelf = byName(all.get('all')).get(name);
    if (!shelf || typeof part !== 'string' || part === ANY_DEPTH) return shelf?.all ?? NONE;
    return [...(shelf.byKey.get(part) ?? NONE), ...shelf.anywhere];
  };
  return {
    addedTo: (expression, parts) => {
      const name = parts.length > 0 ? nameOf(expression) : undefined;
      const kept = name === undefined ? NONE : keptUnder(name, parts[0] ?? null);
      if (kept.length === 0 || graph.spend(expression, kept.length * READ_WORK)) return NONE;
      return kept.flatMap(({ place, source }) => {
        const rest = behind(place.keys, parts);
        return rest ? [{ node: source.node, parts: [...source.parts, ...rest] }] : [];
      });
    },
  };
};

/** What a container was given, and where. */
interface Kept {
  readonly place: Place;
  readonly source: Source;
}

/** The same of one name, by the first key where it is known. */
interface Shelf {
  readonly all: Kept[];
  readonly anywhere: Kept[];
  readonly byKey: Map<string, Kept[]>;
}

/** A kept thing takes as much memory as some steps back. */
const KEPT_WORK = 16;
/** Of a step back, for each thing that a container is looked through for. */
const READ_WORK = 0.1;

/** What is left of the parts below these keys; nothing where they lead elsewhere, or not so far. */
const behind = (keys: readonly Selector[], parts: readonly Selector[]): readonly Selector[] | undefined => {
  for (const [depth, key] of keys.entries()) {
    const part = parts[depth];
    if (part === ANY_DEPTH || key === ANY_DEPTH) return [ANY_DEPTH];
    if (part === undefined) return undefined;
    if (typeof key === 'string' && typeof part === 'string' && key !== part) return undefined;
  }
  return parts.slice(keys.length);
};

const IS_IT = [true] as const;
const NONE: readonly never[] = [];
const DISPLAYS = new Set('List Dict Set ListComp DictComp SetComp'.split(' '));
const MAKERS = new Set(
  'list dict set deque defaultdict OrderedDict Counter UserDict UserList Queue'.split(' '),
);

const isStored = (node: PyNode): boolean => node.type === 'Attribute' && node.fields['ctx'] === 'Store';
