import { readFor } from './reads.js';
import { nodeAt, nodesAt, stringOf, textAt, type PyNode } from '../tree.js';

/** Which part of a value is taken: an index, a key, or any element. */
export type Selector = number | string | null;

/** What a `with` gives to its target: for most objects themselves. */
export const ENTERED = 'with';

/** An expression, and the parts to take of its value, outermost first. */
export interface Source {
  readonly node: PyNode;
  readonly parts: readonly Selector[];
}

/** A part of an expression's value; nothing where there is no expression. */
export const to = (node: PyNode | undefined, parts: readonly Selector[]): readonly Source[] =>
  node ? [{ node, parts }] : [];

/** What a bound name takes its value from, as far as the text shows: assignment, loop, `with`, pattern. */
export const sourcesOfTarget = (target: PyNode): readonly Source[] => {
  const parent = target.parent;
  if (!parent) return [];
  switch (parent.type) {
    case 'Assign':
    case 'AnnAssign':
    case 'NamedExpr':
      return target.role === 'value' ? [] : sourceOf(nodeAt(parent, 'value'));
    case 'withitem':
      return [
        ...sourceOf(nodeAt(parent, 'context_expr')),
        ...sourceOf(nodeAt(parent, 'context_expr'), ENTERED),
      ];
    case 'For':
    case 'AsyncFor':
    case 'comprehension':
      return target.role === 'target' ? sourceOf(nodeAt(parent, 'iter'), null) : [];
    case 'Tuple':
    case 'List':
      return sourcesOfTarget(parent).map((source) => take(source, positionIn(parent, target, 'elts')));
    case 'Starred':
      return restOf(sourcesOfTarget(parent));
    default:
      return sourcesOfPattern(target);
  }
};

/** The same for a pattern of `match`. */
export const sourcesOfPattern = (pattern: PyNode | undefined): readonly Source[] => {
  const parent = pattern?.parent;
  if (!pattern) return [];
  switch (parent?.type) {
    case 'match_case':
      return sourceOf(parent.parent ? nodeAt(parent.parent, 'subject') : undefined);
    case 'MatchAs':
    case 'MatchOr':
      return sourcesOfPattern(parent);
    case 'MatchSequence': {
      const sources = sourcesOfPattern(parent);
      const position = positionIn(parent, pattern, 'patterns');
      return pattern.type === 'MatchStar'
        ? restOf(sources.map((held) => take(held, null)))
        : sources.map((held) => take(held, position));
    }
    case 'MatchMapping': {
      const key = nodesAt(parent, 'keys')[pattern.index];
      return sourcesOfPattern(parent).map((source) => take(source, stringOf(key) ?? null));
    }
    case 'MatchClass':
      return pattern.role === 'kwd_patterns' ? sourceOf(readFor(pattern)) : sourcesOfPattern(parent);
    default:
      return [];
  }
};

const sourceOf = (node: PyNode | undefined, ...parts: readonly Selector[]): readonly Source[] =>
  node ? [{ node, parts }] : [];

const take = ({ node, parts }: Source, part: Selector): Source => ({ node, parts: [...parts, part] });

/** `*rest` is a list of any of the elements: its own elements are those of the whole. */
const restOf = (sources: readonly Source[]): readonly Source[] =>
  sources.map(({ node, parts }) => ({ node, parts: parts.slice(0, -1) }));

/** Behind a starred neighbour a position says nothing. */
const positionIn = (parent: PyNode, child: PyNode, field: string): Selector => {
  const starred = firstStarred(nodesAt(parent, field));
  return starred >= 0 && starred < child.index ? null : child.index;
};

const firstStarred = (items: readonly PyNode[]): number => {
  let found = starred.get(items);
  if (found === undefined) {
    found = items.findIndex(({ type }) => type === 'Starred' || type === 'MatchStar');
    starred.set(items, found);
  }
  return found;
};
/** Each of ten thousand targets asks. Outlives a file, but leads to no tree (see `derived`). */
const starred = new WeakMap<readonly PyNode[], number>();

/** The part that a subscript takes; undefined for a slice, whose result is a container like the whole. */
export const selectorOf = (subscript: PyNode): Selector | undefined => {
  const slice = nodeAt(subscript, 'slice');
  if (slice?.type === 'Slice') return undefined;
  if (slice?.type === 'Call' && textAt(nodeAt(slice, 'func') ?? slice, 'id') === 'slice') return undefined;
  const text = stringOf(slice);
  if (text !== undefined) return text;
  return slice?.type === 'Constant' && slice.fields['constant'] === 'int'
    ? Number(textAt(slice, 'value'))
    : null;
};

/** The elements of a display that a selector may mean, with what is left of the parts. */
export const partsOfDisplay = (display: PyNode, [part, ...rest]: readonly Selector[]): readonly Source[] => {
  if (part === undefined) return [];
  if (display.type === 'Dict') {
    const values = nodesAt(display, 'values');
    const keys = display.fields['keys'] as readonly (PyNode | null)[];
    return values.flatMap((node, index): readonly Source[] => {
      const key = keys[index];
      if (!key) return [{ node, parts: [part, ...rest] }];
      const name = stringOf(key);
      return typeof part === 'string' && name !== undefined && name !== part ? [] : [{ node, parts: rest }];
    });
  }
  const elements = nodesAt(display, 'elts');
  const exact = typeof part === 'number' && !elements.some(({ type }) => type === 'Starred');
  const chosen = exact ? elements.slice(part, part + 1) : elements;
  return chosen.map((node) =>
    node.type === 'Starred'
      ? { node: nodeAt(node, 'value') ?? node, parts: [null, ...rest] }
      : { node, parts: rest },
  );
};
