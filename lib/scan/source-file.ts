import { analyseBuiltins } from './builtins.js';
import { derived } from './lists.js';
import { analyseNames } from './names.js';
import { analysePaths } from './paths.js';
import { addReads, getattrOf } from './flow/reads.js';
import { analyseScopes, type Binding, type Scopes } from './scopes.js';
import { createTables } from './flow/tables.js';
import { isFunction, nodeAt, nodesAt, positionalOf, stringOf, textAt, textsAt, type PyNode } from './tree.js';
import { analyseValues, type ValueFlow } from './flow/value-flow.js';

export { getattrOf } from './flow/reads.js';

/** A parsed file as the rules see it. */
export interface SourceFile {
  readonly tree: PyNode;
  readonly scopes: Scopes;
  /** Subtrees that never run when a validator imports the file. */
  readonly exempt: ReadonlySet<PyNode>;
  /** The module-level `inner_steps`, the last one if there are several. */
  readonly entry: PyNode | undefined;
  readonly values: FileValues;
  /** Where following values was given up at a bound: something may be unseen. Filled as rules ask. */
  readonly tangled: ReadonlySet<PyNode>;
  /** Every node that is not exempt, parents first; then the attributes that `getattr` reads. */
  readonly nodes: readonly PyNode[];
  /**
   * Dotted paths of imported things that an expression may stand for: `torch.nn.functional.relu` for
   * `F.relu`. Follows values as far as `values` does, and `getattr` with a name that the text shows.
   */
  pathsOf(expression: PyNode): readonly string[];
  /** The bindings that a `Name` node may refer to; empty for builtins. */
  bindingsOf(name: PyNode): readonly Binding[];
  /** Whether a loaded name reaches a builtin, or may do so because no binding is sure to come first. */
  isBuiltin(name: PyNode): boolean;
}

export const openSource = (tree: PyNode): SourceFile => {
  const exempt = mainGuardBodies(tree);
  const nodes = withReads(tree, exempt);
  const scopes = analyseScopes(tree, exempt);
  const tangled = new Set<PyNode>();
  const onBound = (node: PyNode) => tangled.add(node);
  const tables = createTables(() => onBound(tree));
  const names = analyseNames(nodes, scopes, onBound);
  // Such a file is refused, and its builtins would be looked for as long.
  const isBuiltin = tangled.size > 0 ? () => true : analyseBuiltins(scopes);
  const { bindingsOf } = names;
  const values = analyseValues(nodes, scopes, names, tables, onBound);

  const file: SourceFile = {
    ...{ tree, scopes, exempt, tangled, bindingsOf, isBuiltin },
    nodes: [...nodes, ...nodes.flatMap((node) => readBy(node, values))],
    values: withFile(values, () => file),
    ...analysePaths(values, bindingsOf, onBound),
    entry: nodesAt(tree, 'body').findLast(
      (node) => isFunction(node) && textAt(node, 'name') === 'inner_steps',
    ),
  };
  return file;
};

/** The attributes that a call of `getattr` reads. */
const readBy = (call: PyNode, values: ValueFlow): readonly PyNode[] => {
  const [object, key] = getattrOf(call) ?? [];
  return object ? (values.stringsOf(key) ?? []).map((attr) => values.attributeOf(call, object, attr)) : [];
};

/** Something that a rule looks for. The same function gives the same answers, so they are kept by it. */
export type IsOrigin = (node: PyNode, file: SourceFile) => boolean;

export interface FileValues extends Omit<ValueFlow, 'mayBe' | 'comesFrom' | 'nearest'> {
  /** Whether one of the origins of an expression is something that `isOrigin` knows. */
  mayBe(expression: PyNode | undefined, isOrigin: IsOrigin): boolean;
  /**
   * Whether an expression is, or is taken from, something that `isOrigin` knows: also through attributes and
   * elements. Results of foreign calls are new things.
   */
  comesFrom(expression: PyNode | undefined, isOrigin: IsOrigin): boolean;
  /** The nearest origin that `isOrigin` knows, for reports. @param taken also through attributes and elements */
  nearest(expression: PyNode, isOrigin: IsOrigin, taken: boolean): PyNode | undefined;
}

const withFile = (values: ValueFlow, file: () => SourceFile): FileValues => {
  const bound = derived((isOrigin: IsOrigin) => (node: PyNode) => isOrigin(node, file()));
  return {
    ...values,
    mayBe: (expression, isOrigin) => expression !== undefined && values.mayBe(expression, bound(isOrigin)),
    comesFrom: (expression, isOrigin) =>
      expression !== undefined && values.comesFrom(expression, bound(isOrigin)),
    nearest: (expression, isOrigin, taken) => values.nearest(expression, bound(isOrigin), taken),
  };
};

/** All nodes that are not exempt, with the attributes that patterns read. */
const withReads = (tree: PyNode, exempt: ReadonlySet<PyNode>): readonly PyNode[] => {
  const nodes = walk(tree, exempt);
  const patterns = nodes.filter(({ type }) => type === 'MatchClass');
  if (patterns.length === 0) return nodes;
  addReads(patterns);
  return walk(tree, exempt);
};

/** Nodes of a tree, parents first; recursion would end where Python's own nesting does not. */
export const walk = (tree: PyNode, without: ReadonlySet<PyNode> = new Set()): readonly PyNode[] => {
  const nodes: PyNode[] = [];
  const stack = [tree];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (without.has(node)) continue;
    nodes.push(node);
    for (let index = node.children.length - 1; index >= 0; index -= 1) stack.push(node.children[index]!);
  }
  return nodes;
};

/** Statements under `if __name__ == '__main__':` at module level. Its else, and look-alikes, do run. */
const mainGuardBodies = (tree: PyNode): ReadonlySet<PyNode> =>
  new Set(
    nodesAt(tree, 'body')
      .filter(isMainGuard)
      .flatMap((guard) => nodesAt(guard, 'body')),
  );

export const isMainGuard = (node: PyNode): boolean => {
  const test = nodeAt(node, 'test');
  if (node.type !== 'If' || test?.type !== 'Compare' || textsAt(test, 'ops').join() !== 'Eq') return false;
  const sides = [nodeAt(test, 'left'), ...nodesAt(test, 'comparators')];
  const isName = (side?: PyNode) => side?.type === 'Name' && textAt(side, 'id') === '__name__';
  const isMain = (side?: PyNode) => stringOf(side) === '__main__';
  return sides.length === 2 && sides.some(isName) && sides.some(isMain);
};

/** The model, optimizer and the like as the entry function names them; undefined without an entry. */
export const entryParameter = (file: SourceFile, position: number): string | undefined => {
  const parameter = file.entry && positionalOf(file.entry)[position];
  return parameter && textAt(parameter, 'arg');
};
