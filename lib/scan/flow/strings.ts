import { MAX_PARTS } from './flow-graph.js';
import type { Binding } from '../scopes.js';
import type { Selector, Source } from './targets.js';
import { nodeAt, nodesAt, stringOf, textAt, type PyNode } from '../tree.js';

/** Combinations of constants that are still spelled out. */
const MAX_STRINGS = 256;
const MAX_DEPTH = 40;
/** Steps of one way back. */
const MAX_STEPS = 1024;
/** Expressions that make a text themselves; others take it from somewhere. */
export const TEXTS = new Set(['Constant', 'BinOp', 'JoinedStr', 'FormattedValue']);

/**
 * All the texts that an expression may be; undefined when one of them is not known.
 *
 * @param step one step back from a value, or from a part of it
 * @param bindingsOf what a name may stand for
 * @param onBound called where a text is not known only because there were too many
 */
export const constantStrings = (
  step: (node: PyNode, parts: readonly Selector[]) => readonly Source[],
  bindingsOf: (name: PyNode) => readonly Binding[],
  onBound: (node: PyNode) => void,
): ((expression: PyNode | undefined) => readonly string[] | undefined) => {
  const isOnlyAssigned = (node: PyNode): boolean =>
    node.type !== 'Name' || bindingsOf(node).every(({ kind }) => kind === 'assign');

  const stringsOf = (expression: PyNode | undefined, depth = 0): readonly string[] | undefined => {
    if (!expression) return undefined;
    if (depth > MAX_DEPTH) return tooMany(expression);
    const text = stringOf(expression);
    if (text !== undefined) return [text];
    if (expression.type === 'BinOp' && expression.fields['op'] === 'Add')
      return combined(expression, addends(expression), depth);
    if (expression.type === 'JoinedStr') return combined(expression, nodesAt(expression, 'values'), depth);
    if (expression.type === 'FormattedValue') {
      const plain = textAt(expression, 'conversion') === '-1' && !nodeAt(expression, 'format_spec');
      return plain ? stringsOf(nodeAt(expression, 'value'), depth + 1) : undefined;
    }
    const sources = isOnlyAssigned(expression) ? ends(expression) : [];
    if (sources.length === 0) return undefined;
    const texts = union(sources.map((source) => stringsOf(source, depth + 1)));
    return texts && texts.length > MAX_STRINGS ? tooMany(expression) : texts;
  };

  const tooMany = (expression: PyNode): undefined => {
    onBound(expression);
    return undefined;
  };

  /** The expressions at which the way back from an expression ends; none when it ends in the dark. */
  const ends = (expression: PyNode): readonly PyNode[] => {
    const seen = new Set<string>();
    const ids = new Map<PyNode, number>();
    const found: PyNode[] = [];
    const pending: Source[] = [...step(expression, [])];
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (!ids.has(next.node)) ids.set(next.node, ids.size);
      const key = `${ids.get(next.node) ?? 0}:${next.parts.join()}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const { node, parts } = next;
      if (!isOnlyAssigned(node)) return [];
      if (parts.length > MAX_PARTS || seen.size > MAX_STEPS) {
        onBound(expression);
        return [];
      }
      const earlier = parts.length === 0 && TEXTS.has(node.type) ? [] : step(node, parts);
      if (earlier.length > 0) pending.push(...earlier);
      else if (parts.length > 0) return [];
      else found.push(node);
    }
    return found;
  };

  const combined = (
    whole: PyNode,
    pieces: readonly (PyNode | undefined)[],
    depth: number,
  ): readonly string[] | undefined => {
    let texts: readonly string[] = [''];
    for (const piece of pieces) {
      const next = stringsOf(piece, depth + 1);
      if (!next) return undefined;
      if (texts.length * next.length > MAX_STRINGS) return tooMany(whole);
      texts = texts.flatMap((text) => next.map((more) => text + more));
    }
    return texts;
  };

  return (expression) => stringsOf(expression);
};

const union = (sets: readonly (readonly string[] | undefined)[]): readonly string[] | undefined => {
  const texts = new Set<string>();
  for (const set of sets) {
    if (!set) return undefined;
    for (const text of set) texts.add(text);
  }
  return [...texts];
};

/** `a + b + c`, which the tree nests to the left. */
const addends = (sum: PyNode): readonly (PyNode | undefined)[] => {
  const found: (PyNode | undefined)[] = [];
  let left: PyNode | undefined = sum;
  while (left?.type === 'BinOp' && left.fields['op'] === 'Add') {
    found.push(nodeAt(left, 'right'));
    left = nodeAt(left, 'left');
  }
  return [left, ...found.reverse()];
};
