import { derived, numbers, pushTo } from '../lists.js';
import { createNotes } from '../notes.js';
import type { Tables } from './tables.js';
import { nodesAt, type PyNode } from '../tree.js';

/** The classes of the file that a class inherits from, itself first, each once, and before what it inherits from. */
export type LineageOf = (cls: PyNode) => readonly PyNode[];

/** The classes of the file that inherit from a class, itself first. */
export type HeirsOf = (cls: PyNode) => readonly PyNode[];

/** Classes of one lineage. Nobody writes as many; a name that means many classes, each of which inherits from it, does. */
const MAX_LINEAGE = 100;

/**
 * @param definitions functions and classes of the file that an expression may be
 * @param onBound told of the first class that has too many ancestors: from then on each is thought to have none
 */
export const analyseLineage = (
  definitions: (expression: PyNode) => readonly PyNode[],
  tables: Tables,
  onBound: (cls: PyNode) => void,
): LineageOf => {
  let isGivenUp = false;
  const basesOf = (cls: PyNode): PyNode[] =>
    nodesAt(cls, 'bases')
      .flatMap(definitions)
      .filter(({ type }) => type === 'ClassDef');

  return tables.table((cls: PyNode): readonly PyNode[] => {
    if (isGivenUp) return [cls];
    const seen = new Set([cls]);
    const finished: PyNode[] = [];
    // Depth first, the last base first: whoever is finished comes before those that inherit from it.
    const open = [{ held: cls, bases: basesOf(cls) }];
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const base = top.bases.pop();
      if (!base) {
        finished.push(top.held);
        open.pop();
      } else if (!seen.has(base)) {
        seen.add(base);
        open.push({ held: base, bases: basesOf(base) });
      }
      if (seen.size > MAX_LINEAGE) {
        isGivenUp = true;
        onBound(cls);
        return [cls];
      }
    }
    return finished.reverse();
  }, createNotes).get;
};

/** @param nodes of the file */
export const analyseHeirs = (
  nodes: readonly PyNode[],
  lineageOf: LineageOf,
  tables: Tables,
  spend: (node: PyNode, work: number) => boolean,
): HeirsOf => {
  const classes = nodes.filter(({ type }) => type === 'ClassDef');
  const numberOf = numbers<PyNode>();
  const pairs = tables.table(
    (_: 'all') =>
      classes.flatMap((cls) => {
        const lineage = lineageOf(cls);
        return spend(cls, lineage.length) ? [] : lineage.map((ancestor) => [ancestor, cls] as const);
      }),
    undefined,
    (pair) => pair.map(numberOf).join(),
  );
  const grouped = derived((found: readonly (readonly [PyNode, PyNode])[]) => {
    const heirs = new Map<PyNode, PyNode[]>();
    for (const [ancestor, cls] of found) if (ancestor !== cls) pushTo(heirs, ancestor, cls);
    return heirs;
  });
  return (cls) => [cls, ...(grouped(pairs.get('all')).get(cls) ?? [])];
};
