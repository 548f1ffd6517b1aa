import { derived, pushTo } from './lists.js';
import { analysePaths } from './paths.js';
import { addReads, attributeOf, getattrOf } from './reads.js';
import { analyseScopes, isHeadOf, type Binding, type Scope, type Scopes } from './scopes.js';
import { createTables } from './tables.js';
import { isFunction, nodeAt, nodesAt, positionalOf, stringOf, textAt, textsAt, type PyNode } from './tree.js';
import { analyseValues, type ValueFlow } from './value-flow.js';

export { getattrOf } from './reads.js';

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
  addReads([...walk(tree)].filter(({ type }) => type === 'MatchClass'));
  const scopes = analyseScopes(tree, exempt);
  const nodes = walk(tree, exempt);
  const tangled = new Set<PyNode>();
  const onBound = (node: PyNode) => tangled.add(node);
  const tables = createTables(() => onBound(tree));
  const values = analyseValues(nodes, scopes, tables, onBound);
  const bindingsOf = (name: PyNode): readonly Binding[] =>
    scopes.lookup(textAt(name, 'id') ?? '', scopes.of(name));

  const file: SourceFile = {
    ...{ tree, scopes, exempt, tangled, bindingsOf },
    nodes: [...nodes, ...nodes.flatMap((node) => readBy(node, values))],
    values: withFile(values, () => file),
    ...analysePaths(values, bindingsOf, onBound),
    entry: nodesAt(tree, 'body').findLast(
      (node) => isFunction(node) && textAt(node, 'name') === 'inner_steps',
    ),
    isBuiltin: (name) => {
      const owner = scopes.owner(textAt(name, 'id') ?? '', scopes.of(name));
      if (!owner) return true;
      if (owner.kind === 'function' || owner.kind === 'comprehension') return false;
      return mayFallThrough(
        orderOf(bindingsOf(name), owner),
        owner,
        name,
        mayRunWith(owner, scopes.of(name)),
      );
    },
  };
  return file;
};

/** The attributes that a call of `getattr` reads. */
const readBy = (call: PyNode, values: ValueFlow): readonly PyNode[] => {
  const [object, key] = getattrOf(call) ?? [];
  return object ? (values.stringsOf(key) ?? []).map((attr) => attributeOf(call, object, attr)) : [];
};

/** Something that a rule looks for. The same function gives the same answers, so they are kept by it. */
export type IsOrigin = (node: PyNode, file: SourceFile) => boolean;

export interface FileValues extends Omit<ValueFlow, 'mayBe' | 'comesFrom'> {
  /** Whether one of the origins of an expression is something that `isOrigin` knows. */
  mayBe(expression: PyNode | undefined, isOrigin: IsOrigin): boolean;
  /**
   * Whether an expression is, or is taken from, something that `isOrigin` knows: also through attributes and
   * elements. Results of foreign calls are new things.
   */
  comesFrom(expression: PyNode | undefined, isOrigin: IsOrigin): boolean;
}

const withFile = (values: ValueFlow, file: () => SourceFile): FileValues => {
  const bound = derived((isOrigin: IsOrigin) => (node: PyNode) => isOrigin(node, file()));
  return {
    ...values,
    mayBe: (expression, isOrigin) => expression !== undefined && values.mayBe(expression, bound(isOrigin)),
    comesFrom: (expression, isOrigin) =>
      expression !== undefined && values.comesFrom(expression, bound(isOrigin)),
  };
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

/**
 * Functions never fall through to a builtin: an unbound local is an error. Modules and classes do, as long
 * as the binding has not run or after `del`.
 */
const mayFallThrough = (order: BindingOrder, owner: Scope, name: PyNode, withIt: boolean): boolean => {
  if (order.deletes) return true;
  // `exec = exec` reads before it binds; a function's body runs when it is called.
  const used = withIt ? statementIn(owner, name) : undefined;
  const beside = (used && order.byStatement.get(used)) ?? [];
  if (used && LOOPS.has(used.type) && isInBody(used, name) && beside.some((node) => isHeadOf(used, node)))
    return false;
  const sure = order.certain.find((node) => !beside.includes(node));
  return !sure || !isBefore(sure, name);
};

/** Whether what is read in a scope may be read as soon as the statement of the outer one runs: `(lambda: x)()`. */
const mayRunWith = (outer: Scope, from: Scope): boolean => {
  let scope: Scope | null = from;
  while (scope && scope !== outer) {
    if (scope.kind !== 'comprehension' && scope.node.type !== 'Lambda') return false;
    scope = scope.parent;
  }
  return scope === outer;
};

/** What is to be known of a name's bindings, whoever asks from where. */
interface BindingOrder {
  readonly deletes: boolean;
  /** By the statements of the scope in which they are. */
  readonly byStatement: ReadonlyMap<PyNode, readonly PyNode[]>;
  /** Those that are sure to run, in the order of the text. */
  readonly certain: readonly PyNode[];
}

const orders = new WeakMap<readonly Binding[], BindingOrder>();

const orderOf = (bindings: readonly Binding[], owner: Scope): BindingOrder => {
  const known = orders.get(bindings);
  if (known) return known;
  const byStatement = new Map<PyNode, PyNode[]>();
  for (const { node } of bindings) pushTo(byStatement, statementIn(owner, node), node);
  const order = {
    deletes: bindings.some(({ kind }) => kind === 'delete'),
    byStatement,
    certain: bindings
      .filter(({ certain }) => certain)
      .map(({ node }) => node)
      .sort((a, b) => (isBefore(a, b) ? -1 : 1)),
  };
  orders.set(bindings, order);
  return order;
};

/** Their bodies run only after their targets were bound. */
const LOOPS = new Set(['For', 'AsyncFor', 'With', 'AsyncWith']);

const isInBody = (statement: PyNode, node: PyNode): boolean => {
  let part = node;
  while (part.parent && part.parent !== statement) part = part.parent;
  return part.role === 'body';
};

const isBefore = (a: PyNode, b: PyNode): boolean =>
  a.line < b.line || (a.line === b.line && a.column < b.column);

const statementIn = (owner: Scope, node: PyNode): PyNode => {
  let statement = node;
  while (statement.parent && statement.parent !== owner.node) statement = statement.parent;
  return statement;
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
