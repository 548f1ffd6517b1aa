import type { Calls } from './calls.js';
import type { Expressions } from './expressions.js';
import { selectorOf, sourcesOfTarget, type Selector, type Source } from './targets.js';
import { nodeAt, nodesAt, stringOf, textAt, type PyNode } from '../tree.js';

/** What a container is given after it was made. */
export interface Addition {
  readonly base: PyNode;
  /** Under which of its keys; none where it takes the keys of what it is given. */
  readonly keys: readonly Selector[];
  readonly source: Source;
}

interface Following extends Pick<Calls, 'calleesOf' | 'positionalsOf'>, Pick<Expressions, 'wordOf'> {
  /** Whether an expression is a type of containers that may be added to, `list` or `dict`. */
  readonly isType: (expression: PyNode) => boolean;
}

/** Methods that add to containers. */
const ADDING = new Set(
  'append add insert appendleft extend extendleft update setdefault push put put_nowait set __setitem__'.split(
    ' ',
  ),
);
/** Functions that add the second argument to the first. */
const PUSHING = new Set('heappush insort insort_left insort_right'.split(' '));
/** The first argument is the key. */
const KEYED = new Set(['setdefault', '__setitem__']);
/** Types of containers that may be added to. */
export const TYPES = new Set('list dict set deque'.split(' '));
const NONE: readonly never[] = [];

/** Whether a node could do so by itself. */
export const mayAdd = (node: PyNode): boolean =>
  node.type === 'Call'
    ? nodesAt(node, 'args').length + nodesAt(node, 'keywords').length > 0
    : node.type === 'Subscript' && node.fields['ctx'] === 'Store';

/** `held.append(x)` and `held[key] = x`: the container and what it gets. @param node one that may add */
export const additionsIn = (
  node: PyNode,
  { calleesOf, positionalsOf, wordOf, isType }: Following,
): readonly Addition[] => {
  if (node.type === 'Subscript') return storedBy(node);
  const direct = nodeAt(node, 'func');
  const isDirect = direct?.type === 'Attribute' && ADDING.has(textAt(direct, 'attr') ?? '');
  return (isDirect ? [direct] : calleesOf(node)).flatMap((callee): readonly Addition[] => {
    const method = wordOf(callee);
    if (PUSHING.has(method)) return addedBy('append', positionalsOf(node), NONE);
    const base = callee.type === 'Attribute' && ADDING.has(method) ? nodeAt(callee, 'value') : undefined;
    if (!base) return NONE;
    const keywords = nodesAt(node, 'keywords');
    const added = addedBy(method, [base, ...nodesAt(node, 'args')], keywords);
    // `list.append(held, x)`.
    return isType(base) ? [...added, ...addedBy(method, positionalsOf(node), keywords)] : added;
  });
};

const storedBy = (target: PyNode): readonly Addition[] => {
  const base = nodeAt(target, 'value');
  if (!base) return NONE;
  const key = selectorOf(target);
  // `held[:] = found` gives it what `found` holds.
  const taken = key === undefined ? [null] : [];
  return sourcesOfTarget(target).map(({ node, parts }) => ({
    base,
    keys: [keyOf(key)],
    source: { node, parts: [...parts, ...taken] },
  }));
};

/** What a method adds. @param given the container, and the arguments */
const addedBy = (
  method: string,
  [base, ...args]: readonly PyNode[],
  keywords: readonly PyNode[],
): readonly Addition[] => {
  if (!base) return NONE;
  const one = (
    keys: readonly Selector[],
    node: PyNode | undefined,
    parts: readonly Selector[],
  ): readonly Addition[] => (node ? [{ base, keys, source: { node, parts } }] : NONE);
  const unpacked = args.flatMap((argument) =>
    argument.type === 'Starred' ? (nodeAt(argument, 'value') ?? []) : [],
  );
  // `held.append(*found)` adds what `found` holds.
  if (unpacked.length > 0)
    return unpacked.flatMap((node) => [
      ...one([null], node, [null]),
      ...one([null], node, [null, null]),
      ...one([null], node, [null, null, 1]),
    ]);
  if (method === 'update')
    return [
      ...args.flatMap((node) => [
        ...one([], node, []),
        // Pairs; a set of what it holds.
        ...one([null], node, [null, 1]),
      ]),
      ...keywords.flatMap((keyword) => {
        const name = textAt(keyword, 'arg');
        return one(name === undefined ? [] : [name], nodeAt(keyword, 'value'), []);
      }),
    ];
  const value = args.at(-1);
  if (method.startsWith('extend')) return one([null], value, [null]);
  if (KEYED.has(method)) return args.length > 1 ? one([keyOf(stringOf(args[0]))], value, []) : NONE;
  return one([null], method.startsWith('put') ? args[0] : value, []);
};

/** Positions change: only texts tell elements apart. */
const keyOf = (key: Selector | undefined): Selector => (typeof key === 'string' ? key : null);
