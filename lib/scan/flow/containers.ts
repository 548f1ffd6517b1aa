import type { Calls } from './calls.js';
import type { Expressions } from './expressions.js';
import { derived, numbers, pushTo } from '../lists.js';
import type { Scopes } from '../scopes.js';
import type { Tables } from './tables.js';
import { sourcesOfTarget, type Source } from './targets.js';
import { nodeAt, nodesAt, textAt, type PyNode } from '../tree.js';

const ADDING = new Set(
  'append add insert appendleft extend update setdefault push put put_nowait set'.split(' '),
);

/** What containers get after they were made. */
export interface Containers {
  /** The name under which an expression may be a container: `held`, and `.held` of an attribute; none for most. */
  readonly namesOf: (expression: PyNode) => readonly string[];
  /** What containers of a name are given, by whatever name they are added to. */
  readonly addedTo: (name: string) => readonly Source[];
}

export const analyseContainers = (
  nodes: readonly PyNode[],
  scopes: Scopes,
  tables: Tables,
  {
    question,
    questionAt,
    wordOf,
    ...calls
  }: Pick<Calls, 'calleesOf' | 'positionalsOf'> &
    Pick<Expressions, 'wordOf'> & {
      readonly question: <Fact>(
        own: (origin: PyNode) => readonly Fact[],
      ) => (expression: PyNode) => readonly Fact[];
      /** The same about a part of an expression's value. */
      readonly questionAt: <Fact>(
        own: (origin: PyNode) => readonly Fact[],
      ) => (source: Source) => readonly Fact[];
    },
): Containers => {
  const makers = questionAt((node) => (DISPLAYS.has(node.type) || isMade(node) ? IS_IT : NONE));
  const isMade = (node: PyNode): boolean =>
    node.type === 'Call' && calls.calleesOf(node).some((callee) => MAKERS.has(wordOf(callee)));
  /** Hundreds of other attributes lead to each other in a model's code. */
  const attributes = tables.table((_: 'all'): readonly string[] => [
    ...nodes.flatMap((node): readonly string[] =>
      isStored(node) && holdsContainer(node) ? [textAt(node, 'attr') ?? ''] : NONE,
    ),
    ...scopes.all.flatMap(({ kind, bindings }): readonly string[] =>
      kind === 'class'
        ? [...bindings].flatMap(([name, held]): readonly string[] =>
            held.some(({ node }) => holdsContainer(node)) ? [name] : NONE,
          )
        : NONE,
    ),
  ]);
  const holdsContainer = (target: PyNode): boolean =>
    sourcesOfTarget(target).some((source) => makers(source).length > 0);
  const asSet = derived((names: readonly string[]) => new Set(names));
  const namesOf = (expression: PyNode): readonly string[] => {
    if (expression.type === 'Name') return [textAt(expression, 'id') ?? ''];
    const attr = expression.type === 'Attribute' ? (textAt(expression, 'attr') ?? '') : '';
    return attr !== '' && asSet(attributes.get('all')).has(attr) ? [`.${attr}`] : NONE;
  };

  const namesIn = question(namesOf);
  const types = question((node) => (TYPES.has(wordOf(node)) ? IS_IT : NONE));
  const given = { ...calls, wordOf };
  /** Asked for as a whole, as the calls are. */
  const numberOf = numbers<PyNode>();
  const all = tables.table(
    (_: 'all') =>
      nodes
        .flatMap((node) => additionsOf(node, given, (base) => types(base).length > 0))
        .flatMap(({ containers, source }) =>
          containers.flatMap(namesIn).map((name) => [name, source] as const),
        ),
    undefined,
    ([name, { node, parts }]) => `${name} ${numberOf(node)} ${JSON.stringify(parts)}`,
  );
  const byName = derived((found: readonly (readonly [string, Source])[]) => {
    const grouped = new Map<string, Source[]>();
    for (const [name, source] of found) pushTo(grouped, name, source);
    return grouped;
  });
  return { namesOf, addedTo: (name) => byName(all.get('all')).get(name) ?? NONE };
};

const IS_IT = [true] as const;
const NONE: readonly never[] = [];
const DISPLAYS = new Set('List Dict Set ListComp DictComp SetComp'.split(' '));
const MAKERS = new Set(
  'list dict set deque defaultdict OrderedDict Counter UserDict UserList Queue'.split(' '),
);

const isStored = (node: PyNode): boolean => node.type === 'Attribute' && node.fields['ctx'] === 'Store';

/** Functions that add the second argument to the first. */
const PUSHING = new Set('heappush insort insort_left insort_right'.split(' '));
/** Types of containers that may be added to. */
const TYPES = new Set('list dict set deque'.split(' '));

/** What a container is given after it was made. */
interface Addition {
  readonly containers: readonly PyNode[];
  readonly source: Source;
}

/** `held.append(x)` and `held[key] = x`: the container and what it gets. */
const additionsOf = (
  node: PyNode,
  {
    calleesOf,
    positionalsOf,
    wordOf,
  }: Pick<Calls, 'calleesOf' | 'positionalsOf'> & Pick<Expressions, 'wordOf'>,
  isType: (expression: PyNode) => boolean,
): readonly Addition[] => {
  if (node.type === 'Subscript' && node.fields['ctx'] === 'Store') {
    const containers = containersOf(nodeAt(node, 'value'));
    // `held[:] = found` gives it what `found` holds.
    const taken = nodeAt(node, 'slice')?.type === 'Slice' ? [null] : [];
    return sourcesOfTarget(node).map((source) => ({
      containers,
      source: { node: source.node, parts: [...source.parts, ...taken] },
    }));
  }
  if (node.type !== 'Call') return NONE;
  const args = nodesAt(node, 'args');
  const value = args.at(-1) ?? nodesAt(node, 'keywords').at(-1);
  if (!value) return [];
  const direct = nodeAt(node, 'func');
  const isDirect = direct?.type === 'Attribute' && ADDING.has(textAt(direct, 'attr') ?? '');
  const callees = isDirect ? [direct] : calleesOf(node);
  return callees.flatMap((callee): readonly Addition[] => {
    const method = wordOf(callee);
    if (PUSHING.has(method)) return pushedBy(positionalsOf(node));
    if (callee.type !== 'Attribute' || !ADDING.has(method)) return [];
    if (value.type === 'keyword') return method === 'update' ? namedIn(node, callee) : [];
    const parts = ['extend', 'update'].includes(method) ? [null] : [];
    // `held.append(*found)` adds what `found` holds.
    const unpacked = value.type === 'Starred' ? nodeAt(value, 'value') : undefined;
    const source = unpacked ? { node: unpacked, parts: [null, ...parts] } : { node: value, parts };
    // `list.append(held, x)`.
    const base = nodeAt(callee, 'value');
    const isUnbound = base !== undefined && isType(base);
    return isUnbound ? pushedBy(positionalsOf(node)) : [{ containers: containersOf(base), source }];
  });
};

/** `heappush(held, x)` and `list.append(held, x)`. */
const pushedBy = ([held, value]: readonly PyNode[]): readonly Addition[] =>
  value ? [{ containers: containersOf(held), source: { node: value, parts: [] } }] : [];

/** `held.update(key=x)`. */
const namedIn = (call: PyNode, callee: PyNode): readonly Addition[] =>
  nodesAt(call, 'keywords').flatMap((keyword) => {
    const value = nodeAt(keyword, 'value');
    const parts = textAt(keyword, 'arg') === undefined ? [null] : [];
    const containers = containersOf(nodeAt(callee, 'value'));
    return value ? [{ containers, source: { node: value, parts } }] : [];
  });

/** What holds an element, from the inside out: of `held[i][j]` itself, `held[i]` and `held`. */
const containersOf = (node: PyNode | undefined): readonly PyNode[] => {
  const found: PyNode[] = [];
  for (let held = node; held; held = held.type === 'Subscript' ? nodeAt(held, 'value') : undefined)
    found.push(held);
  return found;
};
