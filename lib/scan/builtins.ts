import { pushTo } from './lists.js';
import { isHeadOf, type Binding, type Scope, type Scopes } from './scopes.js';
import { textAt, type PyNode } from './tree.js';

/** Whether a loaded name reaches a builtin, or may do so because no binding is sure to come first. */
export const analyseBuiltins = (scopes: Scopes): ((name: PyNode) => boolean) => {
  const orders = new Map<readonly Binding[], BindingOrder>();
  const orderIn = (owner: Scope, bindings: readonly Binding[]): BindingOrder => {
    let order = orders.get(bindings);
    if (!order) orders.set(bindings, (order = orderOf(bindings, owner)));
    return order;
  };
  return (name) => {
    const id = textAt(name, 'id') ?? '';
    const from = scopes.of(name);
    const owner = scopes.owner(id, from);
    if (!owner) return true;
    if (owner.kind === 'function' || owner.kind === 'comprehension') return false;
    const order = orderIn(owner, owner.bindings.get(id) ?? []);
    return mayFallThrough(order, owner, name, mayRunWith(owner, from));
  };
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

const orderOf = (bindings: readonly Binding[], owner: Scope): BindingOrder => {
  const byStatement = new Map<PyNode, PyNode[]>();
  for (const { node } of bindings) pushTo(byStatement, statementIn(owner, node), node);
  return {
    deletes: bindings.some(({ kind }) => kind === 'delete'),
    byStatement,
    certain: bindings
      .filter(({ certain }) => certain)
      .map(({ node }) => node)
      .sort((a, b) => (isBefore(a, b) ? -1 : 1)),
  };
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
