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

export const analyseNames = (nodes: readonly PyNode[], scopes: Scopes): Names => {
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
  for (const node of nodes) if (node.type === 'Name') known.set(node, findFirst(node));
  const firstOf = (name: PyNode): PyNode => known.get(name) ?? findFirst(name);
  const bindings = createNotes<PyNode, readonly Binding[]>();
  const bindingsOf = (name: PyNode): readonly Binding[] => {
    const first = firstOf(name);
    let held = bindings.get(first);
    if (!held) bindings.set(first, (held = scopes.lookup(textAt(name, 'id') ?? '', scopes.of(name))));
    return held;
  };
  return { firstOf, bindingsOf };
};
