import type { Calls } from './calls.js';
import { derived, pushTo } from '../lists.js';
import type { Tables } from './tables.js';
import { sourcesOfTarget, type Source } from './targets.js';
import { nodeAt, nodesAt, textAt, type PyNode } from '../tree.js';

const ADDING = new Set(
  'append add insert appendleft extend update setdefault push put put_nowait set'.split(' '),
);

/** What containers under a name get, by whatever name they are added to. */
export const analyseAdditions = (
  nodes: readonly PyNode[],
  tables: Tables,
  calls: Pick<Calls, 'calleesOf' | 'positionalsOf'>,
  /** The names under which a container may be known. */
  namesIn: (container: PyNode) => readonly string[],
  /** Whether an expression may be the name of a container's type. */
  isType: (expression: PyNode) => boolean,
): ((name: string) => readonly Source[]) => {
  /** Asked for as a whole, as the calls are. */
  const all = tables.table((_: 'all') =>
    nodes
      .flatMap((node) => additionsOf(node, calls, isType))
      .flatMap(({ containers, source }) =>
        containers.flatMap(namesIn).map((name) => [name, source] as const),
      ),
  );
  const byName = derived((found: readonly (readonly [string, Source])[]) => {
    const grouped = new Map<string, Source[]>();
    for (const [name, source] of found) pushTo(grouped, name, source);
    return grouped;
  });
  return (name) => byName(all.get('all')).get(name) ?? [];
};

/** Functions that add the second argument to the first. */
const PUSHING = new Set('heappush insort insort_left insort_right'.split(' '));
/** Types of containers that may be added to. */
export const CONTAINERS = new Set('list dict set deque'.split(' '));

/** What a container is given after it was made. */
interface Addition {
  readonly containers: readonly PyNode[];
  readonly source: Source;
}

/** `held.append(x)` and `held[key] = x`: the container and what it gets. */
const additionsOf = (
  node: PyNode,
  { calleesOf, positionalsOf }: Pick<Calls, 'calleesOf' | 'positionalsOf'>,
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
  if (node.type !== 'Call') return [];
  const args = nodesAt(node, 'args');
  const value = args.at(-1) ?? nodesAt(node, 'keywords').at(-1);
  if (!value) return [];
  const direct = nodeAt(node, 'func');
  const isDirect = direct?.type === 'Attribute' && ADDING.has(textAt(direct, 'attr') ?? '');
  const callees = isDirect ? [direct] : calleesOf(node);
  return callees.flatMap((callee): readonly Addition[] => {
    const method = textAt(callee, 'attr') ?? textAt(callee, 'id') ?? '';
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
