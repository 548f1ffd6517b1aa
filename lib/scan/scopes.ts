import { pushTo } from './lists.js';
import { createNotes } from './notes.js';
import { isFunction, nodesAt, textAt, textsAt, type PyNode } from './tree.js';

/** One way in which a name of a scope gets a value. */
export interface Binding {
  readonly name: string;
  readonly kind: 'import' | 'def' | 'parameter' | 'assign' | 'delete';
  readonly node: PyNode;
  /** Dotted path of an import: `torch.nn.functional` for `import torch.nn.functional as F`. */
  readonly path?: string;
  /** A statement of the scope's own body: it runs whenever the scope runs. */
  readonly certain: boolean;
}

export interface Scope {
  readonly kind: 'module' | 'class' | 'function' | 'comprehension';
  readonly node: PyNode;
  readonly parent: Scope | null;
  readonly bindings: Map<string, Binding[]>;
  /** Names that `global` and `nonlocal` hand to other scopes. */
  readonly elsewhere: Map<string, 'global' | 'nonlocal'>;
}

/** Who owns each name of a module, by Python's own rules. */
export interface Scopes {
  readonly module: Scope;
  /** The scope that a node is evaluated in. */
  of(node: PyNode): Scope;
  /** The scope that binds a name seen from another; undefined for builtins. */
  owner(name: string, from: Scope): Scope | undefined;
  /** The scope that a function, class, lambda or comprehension opens. */
  opened(node: PyNode): Scope | undefined;
  /** Every scope, the module's first. */
  readonly all: readonly Scope[];
  /** The names that classes bind in their bodies. */
  readonly namesInClasses: ReadonlySet<string>;
  /** The bindings that a name may refer to; empty for builtins. */
  lookup(name: string, from: Scope): readonly Binding[];
}

const COMPREHENSIONS = new Set(['ListComp', 'SetComp', 'DictComp', 'GeneratorExp']);

/** @param exempt subtrees that never run, so bind nothing: the body of the main guard */
export const analyseScopes = (tree: PyNode, exempt: ReadonlySet<PyNode>): Scopes => {
  const module = newScope('module', tree, null);
  const scopeOf = createNotes<PyNode, Scope>();
  const opened = new Map<PyNode, Scope>([[tree, module]]);
  const binders: PyNode[] = [];

  const stack = [tree];
  const scopes = [module];
  for (
    let node = stack.pop(), scope = scopes.pop();
    node && scope;
    node = stack.pop(), scope = scopes.pop()
  ) {
    if (exempt.has(node)) continue;
    scopeOf.set(node, scope);
    if (node.type === 'Global' || node.type === 'Nonlocal') {
      const where = node.type === 'Global' ? 'global' : 'nonlocal';
      for (const name of textsAt(node, 'names')) scope.elsewhere.set(name, where);
    }
    if (BINDERS.has(node.type)) binders.push(node);
    const inner = innerScope(node, scope);
    if (inner?.scope.node === node) opened.set(node, inner.scope);
    for (const child of node.children) {
      stack.push(child);
      scopes.push(inner?.holds(child) ? inner.scope : scope);
    }
  }
  const bind = (binding: Binding, scope: Scope): void => {
    const target = targetScope(binding, scope, module);
    const isOwn = scope.elsewhere.get(binding.name) === undefined;
    pushTo(target.bindings, binding.name, isOwn ? binding : { ...binding, certain: false });
  };
  // Only now is it known which names `global` hands away, and after them where the ones of `nonlocal` live.
  const nonlocal: Binding[] = [];
  for (const node of binders) {
    const scope = scopeOf.get(node) ?? module;
    for (const binding of bindingsOf(node, scope)) {
      if (scope.elsewhere.get(binding.name) === 'nonlocal') nonlocal.push(binding);
      else bind(binding, scope);
    }
  }
  for (const binding of nonlocal) bind(binding, scopeOf.get(binding.node) ?? module);

  const all = [...opened.values()];
  const owner = (name: string, from: Scope) => ownerOf(name, from, module);
  return {
    module,
    of: (node) => scopeOf.get(node) ?? module,
    owner,
    opened: (node) => opened.get(node),
    all,
    namesInClasses: new Set(
      all.filter(({ kind }) => kind === 'class').flatMap(({ bindings }) => [...bindings.keys()]),
    ),
    lookup: (name, from) => owner(name, from)?.bindings.get(name) ?? NONE,
  };
};

const NONE: readonly Binding[] = [];

const newScope = (kind: Scope['kind'], node: PyNode, parent: Scope | null): Scope => ({
  ...{ kind, node, parent },
  bindings: new Map(),
  elsewhere: new Map(),
});

/** The scope that a node opens, and which of its children live in it; the others belong to the outer one. */
const innerScope = (node: PyNode, outer: Scope) => {
  if (isFunction(node)) {
    const scope = newScope('function', node, outer);
    return {
      scope,
      holds: ({ role }: PyNode) => role === 'body' || role === 'type_params' || role === 'args',
    };
  }
  if (node.type === 'Lambda') return { scope: newScope('function', node, outer), holds: () => true };
  if (node.type === 'ClassDef') {
    const scope = newScope('class', node, outer);
    return { scope, holds: ({ role }: PyNode) => role === 'body' };
  }
  if (COMPREHENSIONS.has(node.type))
    return { scope: newScope('comprehension', node, outer), holds: () => true };
  if (node.type === 'arguments' && outer.kind === 'function') {
    // Defaults and annotations are evaluated outside; the parameters themselves belong to the function.
    const scope = outer.parent ?? outer;
    return { scope, holds: ({ role }: PyNode) => role === 'defaults' || role === 'kw_defaults' };
  }
  if (node.type === 'arg' && outer.kind === 'function')
    return { scope: outer.parent ?? outer, holds: () => true };
  if (node.type === 'comprehension' && outer.kind === 'comprehension') {
    const first = nodesAt(outer.node, 'generators')[0] === node;
    return { scope: outer.parent ?? outer, holds: ({ role }: PyNode) => first && role === 'iter' };
  }
  return undefined;
};

const targetScope = (binding: Binding, scope: Scope, module: Scope): Scope => {
  const { node } = binding;
  let target = scope;
  if (node.parent?.type === 'NamedExpr' && node.role === 'target') {
    while (target.kind === 'comprehension' && target.parent) target = target.parent;
  }
  const elsewhere = target.elsewhere.get(binding.name);
  if (elsewhere === 'global') return module;
  if (elsewhere === 'nonlocal' && target.parent)
    return ownerOf(binding.name, target.parent, module) ?? target;
  return target;
};

const ownerOf = (name: string, from: Scope, module: Scope): Scope | undefined => {
  for (let scope: Scope | null = from; scope; scope = scope.parent) {
    if (scope.elsewhere.get(name) === 'global') return module.bindings.has(name) ? module : undefined;
    // Methods do not see the names of their class.
    const visible = scope.kind !== 'class' || scope === from;
    if (visible && scope.bindings.has(name)) return scope;
  }
  return undefined;
};

const BINDERS = new Set(
  `Name alias arg FunctionDef AsyncFunctionDef ClassDef ExceptHandler MatchAs MatchStar MatchMapping TypeVar
  ParamSpec TypeVarTuple`.split(/\s+/),
);

/** What one node binds; only `BINDERS` do. */
const bindingsOf = (node: PyNode, scope: Scope): readonly Binding[] => {
  const bind = (name: string | undefined, rest: Omit<Binding, 'name' | 'node' | 'certain'>): Binding[] =>
    name === undefined ? [] : [{ name, node, certain: isCertain(node, scope), ...rest }];
  switch (node.type) {
    case 'Name':
      if (node.fields['ctx'] === 'Load') return NONE;
      return bind(textAt(node, 'id'), {
        kind: node.fields['ctx'] === 'Del' ? 'delete' : 'assign',
      });
    case 'alias':
      return importedBy(node).flatMap(({ name, path }) => bind(name, { kind: 'import', path }));
    case 'arg':
      return bind(textAt(node, 'arg'), { kind: 'parameter' });
    case 'FunctionDef':
    case 'AsyncFunctionDef':
    case 'ClassDef':
      return bind(textAt(node, 'name'), { kind: 'def' });
    case 'ExceptHandler':
    case 'MatchAs':
    case 'MatchStar':
    case 'TypeVar':
    case 'ParamSpec':
    case 'TypeVarTuple':
      return bind(textAt(node, 'name'), { kind: 'assign' });
    case 'MatchMapping':
      return bind(textAt(node, 'rest'), { kind: 'assign' });
    default:
      return [];
  }
};

/** The name that an import binds and the path that it stands for. */
export const importedBy = (alias: PyNode): readonly { name: string; path: string }[] => {
  const statement = alias.parent;
  const imported = textAt(alias, 'name');
  if (!statement || imported === undefined || imported === '*') return [];
  const asName = textAt(alias, 'asname');
  if (statement.type === 'ImportFrom') {
    const module = textAt(statement, 'module') ?? '';
    return [{ name: asName ?? imported, path: `${module}.${imported}` }];
  }
  const root = imported.split('.')[0] ?? imported;
  return [asName === undefined ? { name: root, path: root } : { name: asName, path: imported }];
};

const isCertain = (node: PyNode, scope: Scope): boolean => {
  let statement: PyNode = node;
  while (statement.parent && statement.parent !== scope.node) statement = statement.parent;
  if (statement.role !== 'body') return false;
  if (statement.type === 'AnnAssign') return statement.fields['value'] !== null;
  return CERTAIN.has(statement.type) || (statement.type === 'With' && isHeadOf(statement, node));
};

const CERTAIN = new Set(['Assign', 'FunctionDef', 'AsyncFunctionDef', 'ClassDef', 'Import', 'ImportFrom']);

/** A target of the statement itself, not something in its body. */
export const isHeadOf = (statement: PyNode, node: PyNode): boolean => {
  let part: PyNode = node;
  while (part.parent && part.parent !== statement) part = part.parent;
  return part.role === 'target' || part.role === 'items';
};
