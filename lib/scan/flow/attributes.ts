import { derived, numbers, pushTo } from '../lists.js';
import type { Scopes } from '../scopes.js';
import type { Tables } from './tables.js';
import { nodeAt, textAt, type PyNode } from '../tree.js';

/** What objects and classes of the file are given as attributes. */
export interface Attributes {
  /** Whether any class or assignment of the file has an attribute of this name. */
  isKnown(attr: string): boolean;
  /** The targets that store an attribute in a variable, or in objects of these classes, or in these functions. */
  storesOf(attr: string, base: PyNode, holders: readonly PyNode[]): readonly PyNode[];
}

interface Following {
  readonly firstOf: (name: PyNode) => PyNode;
  /** The classes and functions of the file that an expression is, or is an instance of. */
  readonly holdersOf: (expression: PyNode) => readonly PyNode[];
}

export const analyseAttributes = (
  nodes: readonly PyNode[],
  scopes: Scopes,
  tables: Tables,
  { firstOf, holdersOf }: Following,
): Attributes => {
  const stores = new Map<string, PyNode[]>();
  const ofVariable = new Map<PyNode, Map<string, PyNode[]>>();
  for (const node of nodes) {
    if (node.type !== 'Attribute' || node.fields['ctx'] !== 'Store') continue;
    const attr = textAt(node, 'attr') ?? '';
    pushTo(stores, attr, node);
    const holder = nodeAt(node, 'value');
    if (holder?.type !== 'Name') continue;
    const variable = firstOf(holder);
    const known = ofVariable.get(variable) ?? new Map<string, PyNode[]>();
    ofVariable.set(variable, known);
    pushTo(known, attr, node);
  }

  const numberOf = numbers<PyNode>();
  const byHolder = tables.table(
    (attr: string) =>
      (stores.get(attr) ?? []).flatMap((store) => {
        const holder = nodeAt(store, 'value');
        return (holder ? holdersOf(holder) : []).map((held) => [held, store] as const);
      }),
    undefined,
    (pair) => pair.map(numberOf).join(),
  );
  const grouped = derived((pairs: readonly (readonly [PyNode, PyNode])[]) => {
    const stored = new Map<PyNode, PyNode[]>();
    for (const [holder, store] of pairs) pushTo(stored, holder, store);
    return stored;
  });

  return {
    isKnown: (attr) => stores.has(attr) || scopes.namesInClasses.has(attr),
    storesOf: (attr, base, holders) => {
      if (!stores.has(attr)) return [];
      const own = base.type === 'Name' ? (ofVariable.get(firstOf(base))?.get(attr) ?? []) : [];
      return [
        ...new Set([...own, ...holders.flatMap((held) => grouped(byHolder.get(attr)).get(held) ?? [])]),
      ];
    },
  };
};
