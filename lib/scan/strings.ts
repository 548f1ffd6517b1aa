import type { Binding } from './scopes.js';
import { MAX_PARTS, type Selector, type Source } from './targets.js';
import { nodeAt, nodesAt, stringOf, textAt, type PyNode } from './tree.js';

/** Combinations of constants that are still spelled out. */
const MAX_STRINGS = 64;
const MAX_DEPTH = 40;
const TEXTS = new Set(['Constant', 'BinOp', 'JoinedStr']);

/**
 * All the texts that an expression may be; undefined when one of them is not known.
 *
 * @param step one step back from a value, or from a part of it
 * @param bindingsOf what a name may stand for
 */
export const constantStrings = (
  step: (node: PyNode, parts: readonly Selector[]) => readonly Source[],
  bindingsOf: (name: PyNode) => readonly Binding[],
): ((expression: PyNode | undefined) => readonly string[] | undefined) => {
  const isOnlyAssigned = (node: PyNode): boolean =>
    node.type !== 'Name' || bindingsOf(node).every(({ kind }) => kind === 'assign');

  const stringsOf = (expression: PyNode | undefined, depth = 0): readonly string[] | undefined => {
    if (!expression || depth > MAX_DEPTH) return undefined;
    const text = stringOf(expression);
    if (text !== undefined) return [text];
    if (expression.type === 'BinOp' && expression.fields['op'] === 'Add')
      return combined([nodeAt(expression, 'left'), nodeAt(expression, 'right')], depth);
    if (expression.type === 'JoinedStr') return combined(nodesAt(expression, 'values'), depth);
    if (expression.type === 'FormattedValue') {
      const plain = textAt(expression, 'conversion') === '-1' && !nodeAt(expression, 'format_spec');
      return plain ? stringsOf(nodeAt(expression, 'value'), depth + 1) : undefined;
    }
    const sources = isOnlyAssigned(expression) ? ends(expression) : [];
    return sources.length === 0 ? undefined : union(sources.map((source) => stringsOf(source, depth + 1)));
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
      if (!isOnlyAssigned(node) || parts.length > MAX_PARTS || seen.size > MAX_STRINGS * 8) return [];
      const earlier = parts.length === 0 && TEXTS.has(node.type) ? [] : step(node, parts);
      if (earlier.length > 0) pending.push(...earlier);
      else if (parts.length > 0) return [];
      else found.push(node);
    }
    return found;
  };

  const combined = (
    pieces: readonly (PyNode | undefined)[],
    depth: number,
  ): readonly string[] | undefined => {
    let texts: readonly string[] = [''];
    for (const piece of pieces) {
      const next = stringsOf(piece, depth + 1);
      if (!next || texts.length * next.length > MAX_STRINGS) return undefined;
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
  return texts.size > MAX_STRINGS ? undefined : [...texts];
};
