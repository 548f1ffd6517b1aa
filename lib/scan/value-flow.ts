import { analyseFunctions, decoratorsOf, isProperty } from './functions.js';
import type { Binding, Scopes } from './scopes.js';
import { constantStrings } from './strings.js';
import {
  MAX_PARTS,
  partsOfDisplay,
  selectorOf,
  sourcesOfPattern,
  sourcesOfTarget,
  type Selector,
  type Source,
} from './targets.js';
import { defaultOf, isFunction, nodeAt, nodesAt, positionalOf, textAt, type PyNode } from './tree.js';

/**
 * Where values come from, as far as the text shows it: assignment in every form, containers, own functions,
 * attributes of own classes, patterns. Nothing is run, no order of statements is known: a name may stand for
 * whatever it is bound to anywhere. What goes through foreign functions is lost.
 */
export interface ValueFlow {
  /** Expressions that may give this expression its value, itself among them. */
  origins(expression: PyNode): readonly PyNode[];
  /**
   * Whether an expression is, or is taken from, something that `isOrigin` knows: also through attributes and
   * elements. Results of foreign calls are new things.
   */
  comesFrom(expression: PyNode | undefined, isOrigin: (node: PyNode) => boolean): boolean;
  /** Expressions that a pattern of `match` may be held against. */
  originsOfPattern(pattern: PyNode): readonly PyNode[];
  /** Whether what a pattern is held against may be something that `isOrigin` knows. */
  patternIs(pattern: PyNode, isOrigin: (node: PyNode) => boolean): boolean;
  /** Whether an expression is `self`, or a class of the file or an instance of one. */
  isOwn(expression: PyNode): boolean;
  /** All the texts that an expression may be; undefined when one of them is not known. */
  stringsOf(expression: PyNode | undefined): readonly string[] | undefined;
}

const MAX_DEPTH = 40;
/** Steps of one way back. Honest code needs some tens; without a bound a large file would take minutes. */
const MAX_STATES = 400;

const COMPREHENSIONS = new Set(['ListComp', 'SetComp', 'GeneratorExp']);
const DISPLAYS = new Set(['Tuple', 'List', 'Set', 'Dict']);
/** Functions whose result holds the elements that they are given. */
const COLLECTING = new Set([
  'list',
  'tuple',
  'set',
  'iter',
  'reversed',
  'sorted',
  'dict',
  'deque',
  'islice',
  'cycle',
  'chain',
]);
const ADDING = new Set(['append', 'add', 'insert', 'appendleft', 'extend', 'update', 'setdefault']);
const ELEMENT_METHODS = new Set(['get', 'pop', 'popleft', 'setdefault']);
/** `nullcontext(x)` as a context is x. */
const HANDING_ON = new Set(['nullcontext', 'staticmethod', 'classmethod', 'cast']);

export const analyseValues = (nodes: readonly PyNode[], scopes: Scopes): ValueFlow => {
  const stores = new Map<string, PyNode[]>();
  const additions = new Map<string, Source[]>();
  for (const node of nodes) {
    if (node.type === 'Attribute' && node.fields['ctx'] === 'Store') {
      const attr = textAt(node, 'attr') ?? '';
      stores.set(attr, [...(stores.get(attr) ?? []), node]);
    }
    for (const [name, source] of additionsOf(node))
      additions.set(name, [...(additions.get(name) ?? []), source]);
  }

  const inClasses = new Set(
    scopes.all.filter(({ kind }) => kind === 'class').flatMap(({ bindings }) => [...bindings.keys()]),
  );

  const bindingsOf = (name: PyNode): readonly Binding[] =>
    scopes.lookup(textAt(name, 'id') ?? '', scopes.of(name));

  /** A question within a question about the same thing has no answer. */
  const once = <Answer>(answer: (expression: PyNode) => readonly Answer[]) => {
    const known = new Map<PyNode, readonly Answer[]>();
    return (expression: PyNode): readonly Answer[] => {
      const held = known.get(expression);
      if (held) return held;
      if (depth > MAX_DEPTH) return [];
      known.set(expression, []);
      depth += 1;
      const found = answer(expression);
      depth -= 1;
      known.set(expression, found);
      return found;
    };
  };
  let depth = 0;
  const stringsOf = constantStrings((node, parts) => step(node, parts, false), bindingsOf);
  const originsOf = once((expression) => reach([{ node: expression, parts: [] }], false));
  /** Functions and classes of the file. */
  const definitionsOf = once((expression) =>
    MAY_BE_DEFINED.has(expression.type)
      ? originsOf(expression).filter((node) => DEFINITIONS.has(node.type))
      : [],
  );
  const functions = analyseFunctions(nodes, scopes, definitionsOf);

  const reach = (
    start: readonly Source[],
    taken: boolean,
    until?: (node: PyNode) => boolean,
  ): readonly PyNode[] => {
    const seen = new Map<PyNode, Set<string>>();
    const found = new Set<PyNode>();
    const pending = [...start];
    let states = 0;
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { node, parts } = next;
      const key = parts.join();
      const keys = seen.get(node);
      if (keys?.has(key) || parts.length > MAX_PARTS) continue;
      // Constants lead nowhere; many of them are no way to use the steps up.
      if (node.type !== 'Constant') states += 1;
      if (states > MAX_STATES) break;
      if (keys) keys.add(key);
      else seen.set(node, new Set([key]));
      if (parts.length === 0 || taken) found.add(node);
      if (taken && until?.(node)) return [node];
      pending.push(...step(node, parts, taken));
    }
    return [...found];
  };

  /** One step back from a value, or from a part of it. */
  const step = (node: PyNode, parts: readonly Selector[], taken: boolean): readonly Source[] => {
    switch (node.type) {
      case 'Name':
        return ofName(node, parts, taken);
      case 'NamedExpr':
      case 'Starred':
      case 'Await':
        return to(nodeAt(node, 'value'), parts);
      case 'IfExp':
        return [...to(nodeAt(node, 'body'), parts), ...to(nodeAt(node, 'orelse'), parts)];
      case 'BoolOp':
        return nodesAt(node, 'values').flatMap((value) => to(value, parts));
      case 'BinOp':
        // Lists that are put together.
        return parts.length > 0
          ? [...to(nodeAt(node, 'left'), anyOf(parts)), ...to(nodeAt(node, 'right'), anyOf(parts))]
          : [];
      case 'Subscript': {
        const part = selectorOf(node);
        if (part !== undefined) return to(nodeAt(node, 'value'), [part, ...parts]);
        return parts.length > 0 ? to(nodeAt(node, 'value'), anyOf(parts)) : [];
      }
      case 'Attribute':
        return [
          ...ofAttribute(node, textAt(node, 'attr') ?? '', parts),
          ...(taken ? to(nodeAt(node, 'value'), []) : []),
        ];
      case 'Call':
        return ofCall(node, parts, taken);
      default:
        if (DISPLAYS.has(node.type)) return partsOfDisplay(node, parts);
        if (COMPREHENSIONS.has(node.type) && parts.length > 0) return to(nodeAt(node, 'elt'), parts.slice(1));
        if (node.type === 'DictComp' && parts.length > 0) return to(nodeAt(node, 'value'), parts.slice(1));
        return [];
    }
  };

  const ofName = (name: PyNode, parts: readonly Selector[], taken: boolean): readonly Source[] => {
    const added = parts.length > 0 ? (additions.get(textAt(name, 'id') ?? '') ?? []) : [];
    return [
      ...bindingsOf(name).flatMap((binding) => ofBinding(binding, parts, taken)),
      ...added.map((source) => ({ node: source.node, parts: [...source.parts, ...parts.slice(1)] })),
    ];
  };

  const ofBinding = (
    { kind, node }: Binding,
    parts: readonly Selector[],
    taken: boolean,
  ): readonly Source[] => {
    if (kind === 'parameter') return [...to(defaultOf(node), parts), ...functions.argumentsOf(node, parts)];
    if (kind === 'assign')
      return sourcesOfTarget(node, taken).map((source) => ({
        node: source.node,
        parts: [...source.parts, ...parts],
      }));
    if (kind !== 'def') return [];
    // What a decorator of the file gives back stands for the function; so does the function.
    return [{ node, parts }, ...decoratorsOf(node).flatMap((decorator) => resultsOf(decorator, parts))];
  };

  const resultsOf = (callee: PyNode, parts: readonly Selector[]): readonly Source[] =>
    definitionsOf(callee).flatMap((fn) => functions.resultsOf(fn).flatMap((source) => joined(source, parts)));

  const ofCall = (call: PyNode, parts: readonly Selector[], taken: boolean): readonly Source[] => {
    const callee = nodeAt(call, 'func');
    const args = nodesAt(call, 'args');
    const own = callee ? resultsOf(callee, parts) : [];
    const name = callee ? (textAt(callee, callee.type === 'Attribute' ? 'attr' : 'id') ?? '') : '';
    if (name === 'getattr' && args.length > 1) {
      const [object, key] = args;
      const names = object && key ? (stringsOf(key) ?? []) : [];
      return names.flatMap((attr) => [
        ...(object ? ofAttribute(call, attr, parts, object) : []),
        ...(taken ? to(object, []) : []),
      ]);
    }
    if (HANDING_ON.has(name)) return [...own, ...to(args.at(name === 'cast' ? 1 : 0), parts)];
    if (name === 'next') return [...own, ...to(args[0], [null, ...parts])];
    if (callee?.type === 'Attribute') {
      const base = nodeAt(callee, 'value');
      if (ELEMENT_METHODS.has(name)) return [...own, ...to(base, [null, ...parts])];
      if (parts.length > 0 && (name === 'values' || name === 'copy')) return [...own, ...to(base, parts)];
      if (name === 'items') return [...own, ...ofPairs(parts, 1, base)];
    }
    if (name === 'enumerate') return [...own, ...ofPairs(parts, 1, args[0])];
    if (name === 'zip')
      return [...own, ...args.flatMap((argument, index) => ofPairs(parts, index, argument))];
    if (parts.length === 0) return own;
    // A fresh container with the same elements; in another order perhaps.
    if (COLLECTING.has(name)) return [...own, ...args.flatMap((argument) => to(argument, anyOf(parts)))];
    return name === 'filter' ? [...own, ...to(args[1], anyOf(parts))] : own;
  };

  /** Values that own classes and objects were given as attributes. */
  const ofAttribute = (
    node: PyNode,
    attr: string,
    parts: readonly Selector[],
    base: PyNode | undefined = nodeAt(node, 'value'),
  ): readonly Source[] => {
    const written = stores.get(attr) ?? [];
    if (written.length === 0 && !inClasses.has(attr)) return [];
    const classes = base ? classesOf(base) : [];
    const stored = written.filter((store) => {
      const holder = nodeAt(store, 'value');
      return (
        holder && base && (isSameName(holder, base) || classesOf(holder).some((cls) => classes.includes(cls)))
      );
    });
    const inBodies = classes.flatMap((cls) => scopes.opened(cls)?.bindings.get(attr) ?? []);
    return [
      ...stored.flatMap((store) => sourcesOfTarget(store).flatMap((source) => joined(source, parts))),
      ...inBodies.flatMap((binding) => [
        ...ofBinding(binding, parts, false),
        ...(isFunction(binding.node) && isProperty(binding.node)
          ? functions.resultsOf(binding.node).flatMap((source) => joined(source, parts))
          : []),
      ]),
    ];
  };

  /** The own classes that an expression is, or is an instance of. */
  const classesOf = once((expression): readonly PyNode[] => {
    const self =
      expression.type === 'Name'
        ? bindingsOf(expression).flatMap(({ kind, node }) => (kind === 'parameter' ? classOfSelf(node) : []))
        : [];
    if (self.length > 0) return self;
    return originsOf(expression).flatMap((node) => {
      if (node.type === 'ClassDef') return [node];
      const callee = node.type === 'Call' ? nodeAt(node, 'func') : undefined;
      return callee ? definitionsOf(callee).filter(({ type }) => type === 'ClassDef') : [];
    });
  });

  const isSameName = (a: PyNode, b: PyNode): boolean => {
    if (a.type !== 'Name' || b.type !== 'Name' || textAt(a, 'id') !== textAt(b, 'id')) return false;
    const name = textAt(a, 'id') ?? '';
    return scopes.owner(name, scopes.of(a)) === scopes.owner(name, scopes.of(b));
  };

  return {
    origins: originsOf,
    isOwn: (expression) => classesOf(expression).length > 0,
    originsOfPattern: (pattern) => reach(sourcesOfPattern(pattern), false),
    comesFrom: (expression, isOrigin) =>
      expression !== undefined && reach([{ node: expression, parts: [] }], true, isOrigin).some(isOrigin),
    patternIs: (pattern, isOrigin) => reach(sourcesOfPattern(pattern), false).some(isOrigin),
    stringsOf,
  };
};

const MAY_BE_DEFINED = new Set([
  'Name',
  'Attribute',
  'Lambda',
  'Subscript',
  'Call',
  'IfExp',
  'BoolOp',
  'NamedExpr',
]);
const DEFINITIONS = new Set(['FunctionDef', 'AsyncFunctionDef', 'Lambda', 'ClassDef']);

const to = (node: PyNode | undefined, parts: readonly Selector[]): readonly Source[] =>
  node ? [{ node, parts }] : [];

const anyOf = (parts: readonly Selector[]): readonly Selector[] => [
  typeof parts[0] === 'number' ? null : (parts[0] ?? null),
  ...parts.slice(1),
];

/** What a function returns is the value; what it yields, an element of it. */
const joined = ({ node, parts }: Source, wanted: readonly Selector[]): readonly Source[] => {
  if (parts.length === 0 || parts[0] !== null) return [{ node, parts: [...parts, ...wanted] }];
  if (wanted.length > 0 && parts.length === 1) return [{ node, parts: wanted.slice(1) }];
  return [{ node, parts: [...parts, ...wanted] }];
};

/** Elements of pairs: of `enumerate` and `items` the second, of `zip` each its own. */
const ofPairs = (parts: readonly Selector[], member: number, node: PyNode | undefined): readonly Source[] => {
  const [, chosen, ...rest] = parts;
  return chosen === member || chosen === null ? to(node, [null, ...rest]) : [];
};

/** `held.append(x)` and `held[key] = x`: the name of the container and what it gets. */
const additionsOf = (node: PyNode): readonly (readonly [string, Source])[] => {
  if (node.type === 'Subscript' && node.fields['ctx'] === 'Store') {
    const name = nameOf(nodeAt(node, 'value'));
    return name === undefined ? [] : sourcesOfTarget(node).map((source) => [name, source] as const);
  }
  const callee = node.type === 'Call' ? nodeAt(node, 'func') : undefined;
  if (callee?.type !== 'Attribute' || !ADDING.has(textAt(callee, 'attr') ?? '')) return [];
  const name = nameOf(nodeAt(callee, 'value'));
  const value = nodesAt(node, 'args').at(-1);
  const parts = ['extend', 'update'].includes(textAt(callee, 'attr') ?? '') ? [null] : [];
  return name === undefined || !value ? [] : [[name, { node: value, parts }]];
};

/** The name at the root of `held`, `held[i]`, `held.get(i)`. */
const nameOf = (node: PyNode | undefined): string | undefined => {
  let root = node;
  while (root?.type === 'Subscript') root = nodeAt(root, 'value');
  return root?.type === 'Name' ? textAt(root, 'id') : undefined;
};

/** The class whose method has this first parameter. */
const classOfSelf = (parameter: PyNode): readonly PyNode[] => {
  const method = parameter.parent?.parent;
  const cls = method?.parent;
  const isFirst = method !== undefined && method !== null && positionalOf(method)[0] === parameter;
  return isFirst && cls?.type === 'ClassDef' ? [cls] : [];
};
