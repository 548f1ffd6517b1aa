import { analyseScopes, isHeadOf, type Binding, type Scope, type Scopes } from './scopes.js';
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
import { analyseValues, type ValueFlow } from './value-flow.js';

/** A parsed file as the rules see it. */
export interface SourceFile {
  readonly tree: PyNode;
  readonly scopes: Scopes;
  /** Subtrees that never run when a validator imports the file. */
  readonly exempt: ReadonlySet<PyNode>;
  /** The module-level `inner_steps`, the last one if there are several. */
  readonly entry: PyNode | undefined;
  readonly values: ValueFlow;
  /** Every node that is not exempt, parents first. */
  readonly nodes: readonly PyNode[];
  /**
   * Dotted paths of imported things that an expression may stand for: `torch.nn.functional.relu` for
   * `F.relu`. Follows values as far as `values` does, and `getattr` with a name that the text shows.
   */
  pathsOf(expression: PyNode): readonly string[];
  /** The paths of what a class pattern reads as attributes of its subject. */
  pathsOfPattern(pattern: PyNode): readonly string[];
  /** The bindings that a `Name` node may refer to; empty for builtins. */
  bindingsOf(name: PyNode): readonly Binding[];
  /** Whether a loaded name reaches a builtin, or may do so because no binding is sure to come first. */
  isBuiltin(name: PyNode): boolean;
}

/** Attributes that a path may have, and paths that lead to paths. */
const MAX_SEGMENTS = 16;
const MAX_DEPTH = 64;

export const openSource = (tree: PyNode): SourceFile => {
  const exempt = mainGuardBodies(tree);
  const scopes = analyseScopes(tree, exempt);
  const nodes = [...walk(tree, exempt)];
  const values = analyseValues(nodes, scopes);
  const known = new Map<PyNode, readonly string[]>();
  const open = new Set<PyNode>();
  let circles = 0;

  const bindingsOf = (name: PyNode): readonly Binding[] =>
    scopes.lookup(textAt(name, 'id') ?? '', scopes.of(name));

  const pathsOf = (expression: PyNode): readonly string[] => {
    const cached = known.get(expression);
    if (cached) return cached;
    if (isLongChain(expression)) return [];
    if (open.has(expression) || open.size > MAX_DEPTH) {
      circles += 1;
      return [];
    }
    const before = circles;
    open.add(expression);
    const paths = [...new Set(values.origins(expression).flatMap(ownPaths))];
    open.delete(expression);
    // Within a circle the answer is not complete.
    if (open.size === 0 || circles === before) known.set(expression, paths);
    return paths;
  };

  /** The paths that one expression names by itself. */
  const ownPaths = (node: PyNode): readonly string[] => {
    switch (node.type) {
      case 'Name':
        return bindingsOf(node).flatMap(({ path }) => path ?? []);
      case 'Attribute':
        return below(nodeAt(node, 'value'), [textAt(node, 'attr') ?? '']);
      case 'Call': {
        const [object, key] = getattrOf(node) ?? [];
        return below(object, values.stringsOf(key) ?? []);
      }
      default:
        return [];
    }
  };

  const below = (base: PyNode | undefined, names: readonly string[]): readonly string[] =>
    (base ? pathsOf(base) : [])
      .filter((path) => path.split('.').length < MAX_SEGMENTS)
      .flatMap((path) => names.map((name) => `${path}.${name}`));

  return {
    ...{ tree, scopes, exempt, nodes, values, bindingsOf, pathsOf },
    pathsOfPattern: (pattern) => {
      const subjects = values.originsOfPattern(pattern).flatMap(pathsOf);
      return subjects.flatMap((path) => textsAt(pattern, 'kwd_attrs').map((name) => `${path}.${name}`));
    },
    entry: nodesAt(tree, 'body').findLast(
      (node) => isFunction(node) && textAt(node, 'name') === 'inner_steps',
    ),
    isBuiltin: (name) => {
      const owner = scopes.owner(textAt(name, 'id') ?? '', scopes.of(name));
      return !owner || mayFallThrough(bindingsOf(name), owner, name, scopes.of(name) === owner);
    },
  };
};

/** A chain of attributes that is longer than any path; following it would cost more than it tells. */
const isLongChain = (expression: PyNode): boolean => {
  let node: PyNode | undefined = expression;
  for (let length = 0; node?.type === 'Attribute'; length += 1) {
    if (length > MAX_SEGMENTS) return true;
    node = nodeAt(node, 'value');
  }
  return false;
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

/** `getattr(x, name)` and `getattr(x, name, default)`: the object and the name's expression. */
export const getattrOf = (node: PyNode): readonly [PyNode, PyNode] | undefined => {
  const callee = nodeAt(node, 'func');
  if (node.type !== 'Call' || callee?.type !== 'Name' || textAt(callee, 'id') !== 'getattr') return undefined;
  const [object, name, fallback, ...more] = nodesAt(node, 'args');
  if (!object || !name || more.length > 0) return undefined;
  if ([object, name, fallback].some((argument) => argument?.type === 'Starred')) return undefined;
  return [object, name];
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
  return !bindings.some(({ certain, node }) => {
    const binder = statementIn(owner, node);
    if (sameScope && binder === used)
      return LOOPS.has(used.type) && isHeadOf(used, node) && isInBody(used, name);
    return certain && isBefore(node, name);
  });
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
