import { analyseScopes, type Binding, type Scope, type Scopes } from './scopes.js';
import {
  childrenOf,
  isFunction,
  nodeAt,
  nodesAt,
  positionalOf,
  stringOf,
  textAt,
  textsAt,
  type PyNode,
} from './tree.js';

/** A parsed file as the rules see it. */
export interface SourceFile {
  readonly tree: PyNode;
  readonly scopes: Scopes;
  /** Subtrees that never run when a validator imports the file. */
  readonly exempt: ReadonlySet<PyNode>;
  /** The module-level `inner_steps`, the last one if there are several. */
  readonly entry: PyNode | undefined;
  /** Every node that is not exempt, parents first. */
  readonly nodes: readonly PyNode[];
  /**
   * Dotted paths of imported things that an expression may stand for: `torch.nn.functional.relu` for
   * `F.relu`. Follows assignments and `getattr` with a constant name, a few steps deep.
   */
  pathsOf(expression: PyNode): readonly string[];
  /** The bindings that a `Name` node may refer to; empty for builtins. */
  bindingsOf(name: PyNode): readonly Binding[];
  /** Whether a loaded name reaches a builtin, or may do so because no binding is sure to come first. */
  isBuiltin(name: PyNode): boolean;
}

/** Assignments that a path is followed through, and attributes that a path may have. */
const MAX_STEPS = 6;
const MAX_SEGMENTS = 16;

export const openSource = (tree: PyNode): SourceFile => {
  const exempt = mainGuardBodies(tree);
  const scopes = analyseScopes(tree, exempt);
  const known = new Map<PyNode, readonly string[]>();

  const bindingsOf = (name: PyNode): readonly Binding[] =>
    scopes.lookup(textAt(name, 'id') ?? '', scopes.of(name));

  const pathsOf = (expression: PyNode, steps = 0): readonly string[] => {
    const cached = known.get(expression);
    if (cached) return cached;
    const paths = [...new Set(findPaths(expression, steps))];
    if (steps === 0) known.set(expression, paths);
    return paths;
  };

  const findPaths = (expression: PyNode, steps: number): readonly string[] => {
    const { node, suffix } = unwindAttributes(expression);
    if (!node || steps > MAX_STEPS) return [];
    return basePaths(node, steps).map((path) => path + suffix);
  };

  const basePaths = (node: PyNode, steps: number): readonly string[] => {
    const follow = (values: readonly (PyNode | undefined)[]) =>
      values.flatMap((value) => (value ? pathsOf(value, steps + 1) : []));
    switch (node.type) {
      case 'Name':
        return bindingsOf(node).flatMap(({ path, values }) => (path === undefined ? follow(values) : [path]));
      case 'NamedExpr':
        return follow([nodeAt(node, 'value')]);
      case 'IfExp':
        return follow([nodeAt(node, 'body'), nodeAt(node, 'orelse')]);
      case 'BoolOp':
        return follow(nodesAt(node, 'values'));
      case 'Call': {
        const [object, name] = getattrOf(node) ?? [];
        return object && name !== undefined ? follow([object]).map((path) => `${path}.${name}`) : [];
      }
      default:
        return [];
    }
  };

  return {
    ...{ tree, scopes, exempt, bindingsOf },
    pathsOf: (expression) => pathsOf(expression),
    entry: nodesAt(tree, 'body').findLast(
      (node) => isFunction(node) && textAt(node, 'name') === 'inner_steps',
    ),
    nodes: [...walk(tree, exempt)],
    isBuiltin: (name) => {
      const owner = scopes.owner(textAt(name, 'id') ?? '', scopes.of(name));
      return !owner || mayFallThrough(bindingsOf(name), owner, name, scopes.of(name) === owner);
    },
  };
};

/** Nodes of a tree, parents first; recursion would end where Python's own nesting does not. */
export function* walk(tree: PyNode, without: ReadonlySet<PyNode> = new Set()): Generator<PyNode> {
  const stack = [tree];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (without.has(node)) continue;
    yield node;
    stack.push(...childrenOf(node).reverse());
  }
}

/** `getattr(x, 'name')` and `getattr(x, 'name', default)`: the object and the constant name. */
export const getattrOf = (node: PyNode): readonly [PyNode, string] | undefined => {
  const callee = nodeAt(node, 'func');
  if (node.type !== 'Call' || callee?.type !== 'Name' || textAt(callee, 'id') !== 'getattr') return undefined;
  const [object, name, fallback, ...more] = nodesAt(node, 'args');
  const constant = stringOf(name);
  if (!object || constant === undefined || more.length > 0) return undefined;
  if ([object, fallback].some((argument) => argument?.type === 'Starred')) return undefined;
  return [object, constant];
};

const unwindAttributes = (expression: PyNode): { node: PyNode | undefined; suffix: string } => {
  const names: string[] = [];
  let node: PyNode | undefined = expression;
  while (node?.type === 'Attribute') {
    names.push(textAt(node, 'attr') ?? '');
    if (names.length > MAX_SEGMENTS) return { node: undefined, suffix: '' };
    node = nodeAt(node, 'value');
  }
  return {
    node,
    suffix: names
      .reverse()
      .map((name) => `.${name}`)
      .join(''),
  };
};

/**
 * Functions never fall through to a builtin: an unbound local is an error. Modules and classes do, as long
 * as the binding has not run or after `del`.
 */
const mayFallThrough = (
  bindings: readonly Binding[],
  owner: Scope,
  name: PyNode,
  sameScope: boolean,
): boolean => {
  if (owner.kind === 'function' || owner.kind === 'comprehension') return false;
  if (bindings.some(({ kind }) => kind === 'delete')) return true;
  // `exec = exec` reads before it binds; a function's body runs when it is called.
  const used = statementIn(owner, name);
  return !bindings.some(
    ({ certain, node }) =>
      certain && node.line <= name.line && !(sameScope && statementIn(owner, node) === used),
  );
};

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
