import { createNotes } from './notes.js';
import type { Binding, Scope, Scopes } from './scopes.js';
import { textAt, type PyNode } from './tree.js';

/** Which names are the same variable. */
export interface Names {
  /** The first `Name` of the file that means the same variable: it stands for all of them. */
  readonly firstOf: (name: PyNode) => PyNode;
  /** What a name may be bound by; empty for builtins. */
  readonly bindingsOf: (name: PyNode) => readonly Binding[];
}

/**
 * Names that are read, each as often as its name is bound: a question about one may lead to every binding, so a
 * file that binds one name ten thousand times and reads it as often asks for their product. Files of libraries have
 * some 20,000, 500 KB put together of honest programs 840,000.
 */
const MAX_MEANINGS = 2_000_000;

/** @param onBound called with the name at which the bound is passed: then nothing is known of any name */
export const analyseNames = (
  nodes: readonly PyNode[],
  scopes: Scopes,
  onBound: (name: PyNode) => void,
): Names => {
  const firsts = new Map<Scope | undefined, Map<string, PyNode>>();
  const findFirst = (name: PyNode): PyNode => {
    const id = textAt(name, 'id') ?? '';
    const owner = scopes.owner(id, scopes.of(name));
    let inScope = firsts.get(owner);
    if (!inScope) firsts.set(owner, (inScope = new Map<string, PyNode>()));
    const first = inScope.get(id);
    if (!first) inScope.set(id, name);
    return first ?? name;
  };
  const known = createNotes<PyNode, PyNode>();
  const names = nodes.filter(({ type }) => type === 'Name');
  for (const node of names) known.set(node, findFirst(node));
  const firstOf = (name: PyNode): PyNode => known.get(name) ?? findFirst(name);
  const bindings = createNotes<PyNode, readonly Binding[]>();
  const bindingsOf = (name: PyNode): readonly Binding[] => {
    const first = firstOf(name);
    let held = bindings.get(first);
    if (!held) bindings.set(first, (held = scopes.lookup(textAt(name, 'id') ?? '', scopes.of(name))));
    return held;
  };
  const oneTooMany = beyondBound(names, bindingsOf);
  if (oneTooMany) onBound(oneTooMany);
  return { firstOf, bindingsOf: oneTooMany ? () => [] : bindingsOf };
};

const beyondBound = (names: readonly PyNode[], bindingsOf: Names['bindingsOf']): PyNode | undefined => {
  let meanings = 0;
  for (const name of names) {
    if (name.fields['ctx'] === 'Load') meanings += bindingsOf(name).length;
    if (meanings > MAX_MEANINGS) return name;
  }
  return undefined;
};
