import { calledBy, nameOf, type Calls } from './calls.js';
import { derived, pushTo } from './lists.js';
import { createNotes } from './notes.js';
import type { Scopes } from './scopes.js';
import type { Tables } from './tables.js';
import type { Selector, Source } from './targets.js';
import { isFunction, nodeAt, nodesAt, positionalOf, positionOf, textAt, type PyNode } from './tree.js';

/** How the file's own functions are called, and what they give back. */
export interface Functions {
  /** What is returned (yielded: any element of the result). */
  resultsOf(fn: PyNode): readonly Source[];
  /** What callers pass for a parameter. */
  argumentsOf(parameter: PyNode, parts: readonly Selector[]): readonly Source[];
}

/** A call of a function, or one that passes it to something that will call it. */
interface CallSite {
  /** The arguments of the function itself; where it is passed on, those that it will get. */
  readonly given: readonly PyNode[];
  readonly keywords: readonly PyNode[];
  /** The function gets elements of the arguments, as from `map`. */
  readonly elements: boolean;
  /** Parameters that are filled by Python: `self`. */
  readonly filled: number;
}

export const analyseFunctions = (
  nodes: readonly PyNode[],
  scopes: Scopes,
  tables: Tables,
  {
    callablesOf: resolve,
    calleesOf,
    positionalsOf,
    keywordsOf,
  }: Pick<Calls, 'callablesOf' | 'calleesOf' | 'positionalsOf' | 'keywordsOf'>,
): Functions => {
  const results = new Map<PyNode, Source[]>();
  const methods = new Map<string, PyNode[]>();
  for (const node of nodes) {
    if (isFunction(node) && classAround(node, scopes)) pushTo(methods, textAt(node, 'name') ?? '', node);
    const value = RESULTS.has(node.type) ? nodeAt(node, 'value') : undefined;
    if (!value) continue;
    const parts: Selector[] = node.type === 'Yield' ? [null] : [];
    pushTo(results, scopes.of(node).node, { node: value, parts });
  }

  const sitesAt = (call: PyNode): readonly (readonly [PyNode, CallSite])[] => {
    const callee = calledBy(call);
    if (!callee) return [];
    const known = resolve(callee).flatMap((target) =>
      target.type === 'ClassDef' ? initialisersOf(target, scopes) : [target],
    );
    const named =
      callee.type === 'Attribute' && known.length === 0
        ? (methods.get(textAt(callee, 'attr') ?? '') ?? [])
        : [];
    const called = [...known, ...named];
    if (called.length === 0) return [];
    const callees = calleesOf(call);
    const site = { given: nodesAt(call, 'args'), keywords: nodesAt(call, 'keywords'), elements: false };
    const sitesBy = [0, 1].map((filled): CallSite => ({ ...site, filled }));
    return called.flatMap((fn) =>
      boundParameters(fn, callees, filledBy, scopes).map((filled) => [fn, sitesBy[filled]!] as const),
    );
  };
  /** How many parameters are filled where a method is taken from this. */
  const filledBy = (base: PyNode): readonly number[] => {
    if (!resolve(base).some(({ type }) => type === 'ClassDef')) return [1];
    const bindings = base.type === 'Name' ? scopes.lookup(textAt(base, 'id') ?? '', scopes.of(base)) : [];
    // What came by way of calls may be the class or an instance of it.
    return bindings.length > 0 && bindings.every(({ node }) => isPlainClass(node)) ? [0] : [0, 1];
  };

  /** Most calls pass none, which is soon seen. */
  const passesFunctions = (call: PyNode): boolean =>
    nodesAt(call, 'keywords').some((keyword) => textAt(keyword, 'arg') === undefined) ||
    nodesAt(call, 'args').some((argument) => argument.type === 'Starred' || isFunctionLike(argument)) ||
    nodesAt(call, 'keywords').some((keyword) => isFunctionLike(nodeAt(keyword, 'value')));
  const isFunctionLike = (argument: PyNode | undefined): boolean =>
    argument !== undefined && FUNCTION_LIKE.has(argument.type) && resolve(argument).length > 0;

  const passedBy = (call: PyNode): readonly (readonly [PyNode, CallSite])[] => {
    if (!passesFunctions(call)) return [];
    const args = positionalsOf(call);
    const callees = calleesOf(call);
    const elements = callees.some((callee) => MAPPING.has(nameOf(callee)));
    const applied = callees.find((callee) => nameOf(callee) === 'apply');
    const base = applied && nodeAt(applied, 'value');
    const site = { keywords: nodesAt(call, 'keywords'), filled: 0, elements };
    const positional = args.map((argument, position) => {
      // `model.apply(freeze)` gives the model and its modules to freeze.
      const given = base && position === 0 ? [base] : args.slice(position + 1);
      return [argument, { ...site, given }] as const;
    });
    // `sorted(x, key=f)` and `x.sort(key=f)` call f with each element.
    const sorted =
      args.length > 0
        ? [args]
        : callees.flatMap((callee) => nodeAt(callee, 'value') ?? []).map((held) => [held]);
    const keys = keywordsOf(call)
      .filter(({ name }) => name === 'key')
      .flatMap(({ value }) => sorted.map((given) => [value, { ...site, given, elements: true }] as const));
    return [...positional, ...keys].flatMap(([argument, held]) =>
      FUNCTION_LIKE.has(argument.type)
        ? resolve(argument)
            .filter((fn) => fn.type !== 'ClassDef')
            .map((fn) => [fn, held] as const)
        : [],
    );
  };

  /** A decorator is called with what it decorates. */
  const decoratedBy = (definition: PyNode): readonly (readonly [PyNode, CallSite])[] =>
    decoratorsOf(definition).flatMap((call) =>
      resolve(call)
        .filter((fn) => fn.type !== 'ClassDef')
        .map((fn) => [fn, { given: [definition], keywords: [], elements: false, filled: 0 }] as const),
    );

  /** Asked for as a whole: who is called through a parameter is known only when the arguments are. */
  const allSites = tables.table((_: 'all') => callers.flatMap((node) => sitesOf.get(node)));
  const sitesOf = tables.table(
    (node: PyNode) => (node.type === 'Call' ? [...sitesAt(node), ...passedBy(node)] : decoratedBy(node)),
    createNotes,
  );
  const callers = nodes.filter((node) => node.type === 'Call' || decoratorsOf(node).length > 0);
  const sites = derived((found: readonly (readonly [PyNode, CallSite])[]) => {
    const grouped = new Map<PyNode, CallSite[]>();
    for (const [target, site] of found) pushTo(grouped, target, site);
    return grouped;
  });

  return {
    resultsOf: (fn) => {
      if (fn.type === 'Lambda') return sources(nodeAt(fn, 'body'), []);
      return results.get(fn) ?? [];
    },
    argumentsOf: (parameter, parts) => {
      const fn = parameter.parent?.parent;
      return fn
        ? (sites(allSites.get('all')).get(fn) ?? []).flatMap((site) =>
            argumentFor(fn, parameter, site, parts),
          )
        : [];
    },
  };
};

const RESULTS = new Set(['Return', 'Yield', 'YieldFrom']);
const FUNCTION_LIKE = new Set('Name Attribute Lambda Subscript Call IfExp BoolOp NamedExpr'.split(' '));
const MAPPING = new Set(['map', 'filter']);

/** The class whose body holds a function, perhaps in a block of its own. */
export const classAround = (fn: PyNode, scopes: Scopes): PyNode | undefined => {
  const { kind, node } = scopes.of(fn);
  return kind === 'class' ? node : undefined;
};

const initialisersOf = (cls: PyNode, scopes: Scopes): readonly PyNode[] =>
  (scopes.opened(cls)?.bindings.get('__init__') ?? []).flatMap(({ node }) =>
    isFunction(node) ? [node] : [],
  );

/** How many parameters Python fills: `self` of a method that is called through an instance, none through its class. */
const boundParameters = (
  fn: PyNode,
  callees: readonly PyNode[],
  filledBy: (base: PyNode) => readonly number[],
  scopes: Scopes,
): readonly number[] => {
  const decorators = classAround(fn, scopes)
    ? nodesAt(fn, 'decorator_list').map((held) => textAt(held, 'id'))
    : ['staticmethod'];
  if (decorators.includes('staticmethod')) return [0];
  if (['__init__', '__call__'].includes(textAt(fn, 'name') ?? '')) return [1];
  const bases = callees.flatMap((callee) =>
    callee.type === 'Attribute' ? (nodeAt(callee, 'value') ?? []) : [],
  );
  if (bases.length === 0) return [0];
  if (decorators.includes('classmethod')) return [1];
  // A lambda is mostly kept in a class to be called through it.
  if (fn.type === 'Lambda') return [0, 1];
  return [...new Set(bases.flatMap(filledBy))];
};

const argumentFor = (
  fn: PyNode,
  parameter: PyNode,
  site: CallSite,
  parts: readonly Selector[],
): readonly Source[] => {
  const { given, keywords, elements, filled } = site;
  const inner = elements ? [null, ...parts] : parts;
  if (parameter.role === 'vararg') {
    const rest = given.slice(Math.max(positionalOf(fn).length - filled, 0));
    const [part, ...left] = parts;
    if (part === undefined) return [];
    return (typeof part === 'number' ? rest.slice(part, part + 1) : rest).flatMap((node) =>
      sources(node, left),
    );
  }
  if (parameter.role === 'kwarg') {
    const [part, ...left] = parts;
    return keywords
      .filter((keyword) => typeof part !== 'string' || textAt(keyword, 'arg') === part)
      .flatMap((keyword) => sources(nodeAt(keyword, 'value'), left));
  }
  // A method's name may be that of a hundred others, and each call of any a site of all.
  const found: Source[] = [];
  const add = (node: PyNode | undefined, parts: readonly Selector[]): void => {
    if (node) found.push({ node, parts });
  };
  const name = textAt(parameter, 'arg');
  for (const keyword of keywords) if (textAt(keyword, 'arg') === name) add(nodeAt(keyword, 'value'), parts);
  for (const keyword of keywords)
    if (textAt(keyword, 'arg') === undefined) add(nodeAt(keyword, 'value'), [name ?? null, ...parts]);
  const position = (positionOf(parameter) ?? -1) - filled;
  if (position < 0) return found;
  const starred = given.findIndex(({ type }) => type === 'Starred');
  if (starred >= 0 && starred <= position) add(nodeAt(given[starred]!, 'value'), [null, ...inner]);
  else add(given[position], inner);
  return found;
};

const sources = (node: PyNode | undefined, parts: readonly Selector[]): readonly Source[] =>
  node ? [{ node, parts }] : [];

const isPlainClass = (node: PyNode): boolean => node.type === 'ClassDef' && decoratorsOf(node).length === 0;

/** What a decorated function may have been replaced by: the results of the file's own decorators. */
export const decoratorsOf = (fn: PyNode): readonly PyNode[] => nodesAt(fn, 'decorator_list');
