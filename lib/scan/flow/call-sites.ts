import { calledBy, FUNCTION_LIKE, type Calls } from './calls.js';
import type { Expressions } from './expressions.js';
import type { FlowGraph } from './flow-graph.js';
import { derived, numbers, pushTo } from '../lists.js';
import type { Methods } from './methods.js';
import { createNotes } from '../notes.js';
import { analyseOperators } from './operator-sites.js';
import type { Scopes } from '../scopes.js';
import type { Tables } from './tables.js';
import { isFunction, nodeAt, nodesAt, textAt, type PyNode } from '../tree.js';

/** A call of a function or class, or one that passes it to something that will call it. */
export interface CallSite {
  /** The arguments of the function itself; where it is passed on, those that it will get. */
  readonly given: readonly PyNode[];
  readonly keywords: readonly PyNode[];
  /** How many elements deep in the arguments lies what the function gets: 1 for `map`. */
  readonly elements: number;
  /** Each parameter may get any of the arguments, as from `reduce`. */
  readonly mixed?: true;
  /** Parameters that are filled by Python: `self`. */
  readonly filled: number;
}

interface Following
  extends
    Pick<Calls, 'callablesOf' | 'calleesOf' | 'positionalsOf' | 'keywordsOf'>,
    Expressions,
    Pick<Methods, 'initialisersOf' | 'methodsOf' | 'operatorsOf' | 'settersOf'>,
    Pick<FlowGraph, 'spend'> {
  /** The classes of the file that an expression is, or is an instance of. */
  readonly classesOf: (expression: PyNode) => readonly PyNode[];
}

export type Found = readonly (readonly [PyNode, CallSite])[];

/** Where the functions and classes of the file are called, and with what. */
export const analyseCallSites = (
  nodes: readonly PyNode[],
  scopes: Scopes,
  tables: Tables,
  following: Following,
): ((target: PyNode) => readonly CallSite[]) => {
  const {
    callablesOf: resolve,
    calleesOf,
    namesOf,
    wordOf,
    wordsOf,
    mentions,
    callsOf,
    positionalsOf,
    keywordsOf,
    classesOf,
    spend,
  } = following;
  const methods = new Map<string, PyNode[]>();
  for (const node of nodes)
    if (isFunction(node) && classAround(node, scopes)) pushTo(methods, textAt(node, 'name') ?? '', node);

  const sitesAt = (call: PyNode): Found => {
    const callee = calledBy(call);
    if (!callee) return [];
    const site = { given: nodesAt(call, 'args'), keywords: nodesAt(call, 'keywords'), elements: 0 };
    // Nobody gets anything: `optimizer.step()` may be a hundred methods.
    if (site.given.length + site.keywords.length === 0) return NONE;
    const targets = resolve(callee);
    const classes = targets.filter(({ type }) => type === 'ClassDef');
    const made = classes.flatMap((cls): Found => {
      const filled = { ...site, filled: 1 };
      return [
        [cls, { ...site, filled: 0 }],
        ...following.initialisersOf(cls).map((fn) => [fn, filled] as const),
      ];
    });
    const functions = classes.length > 0 ? targets.filter(({ type }) => type !== 'ClassDef') : targets;
    const attr = callee.type === 'Attribute' ? textAt(callee, 'attr') : undefined;
    const named = attr !== undefined && targets.length === 0 ? (methods.get(attr) ?? []) : [];
    const called = functions.length > 0 ? functions : named;
    if (spend(call, SITE_WORK * (called.length + made.length))) return [];
    const applied = mentions('apply') ? calleesOf(call).flatMap((held) => appliedBy(held, site)) : NONE;
    if (called.length === 0) return made.length > 0 || applied.length > 0 ? [...made, ...applied] : NONE;
    const callees = calleesOf(call);
    const sitesBy = new Map([0, 1].map((filled): [number, CallSite] => [filled, { ...site, filled }]));
    const before = filledBefore(callee);
    const direct = called.flatMap((fn) =>
      boundParameters(fn, callees, attr !== undefined).map((bound) => {
        const filled = bound + before;
        return [fn, sitesBy.get(filled) ?? { ...site, filled }] as const;
      }),
    );
    return made.length > 0 || applied.length > 0 ? [...made, ...direct, ...applied] : direct;
  };
  /** How many arguments `partial(f, x)` has given already. */
  const filledBefore = (callee: PyNode): number => {
    const maker = mentions('partial')
      ? callsOf(callee).find((call) => calleesOf(call).some(isPartial))
      : undefined;
    return maker ? Math.max(positionalsOf(maker).length - 1, 0) : 0;
  };
  const isPartial = (name: PyNode): boolean => wordOf(name) === 'partial';
  /** `Function.apply(x)` of autograd calls `forward(ctx, x)`; without `ctx` where there is a `setup_context`. */
  const appliedBy = (callee: PyNode, site: Omit<CallSite, 'filled'>): Found => {
    const base = textAt(callee, 'attr') === 'apply' ? nodeAt(callee, 'value') : undefined;
    const classes = base ? classesOf(base) : [];
    if (classes.length === 0) return NONE;
    const filled = following.methodsOf(classes, 'setup_context').length > 0 ? 0 : 1;
    return following.methodsOf(classes, 'forward').map((fn) => [fn, { ...site, filled }] as const);
  };
  /**
   * How many parameters Python fills: `self` of a method that is called through an instance, none through its class.
   *
   * @param callees the names and attributes by which it is called
   * @param isAttribute whether the text itself takes it from something, not by way of a variable
   */
  const boundParameters = (
    fn: PyNode,
    callees: readonly PyNode[],
    isAttribute: boolean,
  ): readonly number[] => {
    if (!classAround(fn, scopes)) return [0];
    const decorators = decoratorsOf(fn).flatMap(wordsOf);
    if (decorators.includes('staticmethod')) return [0];
    // A lambda is mostly kept in a class to be called through it.
    if (fn.type === 'Lambda') return [0, 1];
    const name = textAt(fn, 'name') ?? '';
    const attributes = callees.filter(({ type }) => type === 'Attribute');
    const isByItsName = attributes.some((callee) => textAt(callee, 'attr') === name);
    if ((UNNAMED.has(name) && !isByItsName) || decorators.includes('classmethod')) return [1];
    const found = attributes.flatMap((callee) => nodeAt(callee, 'value') ?? []).flatMap(filledBy);
    if (found.length === 0) return [0];
    // Where the way to the method is found later than the method, what was said before has to stay true.
    return [...new Set(isAttribute ? found : [0, ...found])];
  };
  /** How many parameters are filled where a method is taken from this. */
  const filledBy = (base: PyNode): readonly number[] => {
    const bindings = base.type === 'Name' ? scopes.lookup(textAt(base, 'id') ?? '', scopes.of(base)) : [];
    if (bindings.length > 0 && bindings.every(({ node }) => isPlainClass(node))) return [0];
    // What came by way of calls may be the class or an instance of it.
    return resolve(base).some(({ type }) => type === 'ClassDef') ? [0, 1] : [1];
  };

  /** Most calls pass none, which is soon seen. */
  const passesFunctions = (call: PyNode): boolean =>
    nodesAt(call, 'keywords').some((keyword) => textAt(keyword, 'arg') === undefined) ||
    nodesAt(call, 'args').some((argument) => argument.type === 'Starred' || isFunctionLike(argument)) ||
    nodesAt(call, 'keywords').some((keyword) => isFunctionLike(nodeAt(keyword, 'value')));
  const isFunctionLike = (argument: PyNode | undefined): boolean =>
    argument !== undefined && FUNCTION_LIKE.has(argument.type) && resolve(argument).length > 0;
  const functionsOf = (argument: PyNode): readonly PyNode[] =>
    FUNCTION_LIKE.has(argument.type) ? resolve(argument).filter((fn) => fn.type !== 'ClassDef') : NONE;

  const passedBy = (call: PyNode): Found => {
    if (!passesFunctions(call)) return NONE;
    const args = positionalsOf(call);
    const callees = calleesOf(call);
    const names = callees.map(wordOf);
    const ways = WAYS.filter((held) => names.some((name) => held.names.has(name)));
    const applied = callees.find((callee) => APPLYING.test(wordOf(callee)));
    const base = applied && nodeAt(applied, 'value');
    const site = { keywords: nodesAt(call, 'keywords'), filled: 0, elements: 0 };
    // What a variable stands for is found later than that it is called, and what was said before has to stay true.
    const isPlain = (ways.length === 0 && !base) || !isSaid(call);
    const positional = args.flatMap((argument, position): Found => {
      const fns = functionsOf(argument);
      if (fns.length === 0 || spend(call, args.length)) return NONE;
      const after = args.slice(position + 1);
      const others = args.filter((other) => other !== argument);
      const sites = [
        ...(isPlain ? [{ ...site, given: after }] : NONE),
        // `model.apply(freeze)` gives the model and its modules to freeze, `register_forward_hook` the model.
        ...(base && position === 0 ? [{ ...site, given: [base] }] : NONE),
        ...ways.map((way): CallSite => ({ ...site, ...way.site, given: way.takesOthers ? others : after })),
      ];
      return fns.flatMap((fn) => sites.flatMap((held) => passed(fn, argument, held)));
    });
    return [...positional, ...keyedBy(call, args, callees, site)];
  };
  /** Whether the text itself says what is called: an attribute, a builtin or something imported. */
  const isSaid = (call: PyNode): boolean => {
    const callee = calledBy(call);
    if (callee?.type !== 'Name') return callee?.type === 'Attribute';
    return scopes
      .lookup(textAt(callee, 'id') ?? '', scopes.of(callee))
      .every(({ kind }) => kind === 'import');
  };
  /** `sorted(x, key=f)` and `x.sort(key=f)` call f with each element, a loader its `collate_fn` with some. */
  const keyedBy = (
    call: PyNode,
    args: readonly PyNode[],
    callees: readonly PyNode[],
    site: Omit<CallSite, 'given'>,
  ): Found => {
    const sorted =
      args.length > 0
        ? [args]
        : callees.flatMap((callee) => nodeAt(callee, 'value') ?? []).map((held) => [held]);
    return keywordsOf(call).flatMap(({ name, value }): Found => {
      if (name !== 'key' && name !== 'collate_fn') return [];
      const elements = name === 'key' ? 1 : 0;
      return sorted.flatMap((given) =>
        functionsOf(value).flatMap((fn) => passed(fn, value, { ...site, given, elements, mixed: true })),
      );
    });
  };
  /** A method that is passed on has its `self` already, be it under another name. */
  const passed = (fn: PyNode, argument: PyNode, site: CallSite): Found => {
    const isAttribute = argument.type === 'Attribute';
    const callees = isAttribute ? [argument] : NONE;
    const bound = boundParameters(fn, callees, isAttribute);
    const isBound = !isAttribute && classAround(fn, scopes) !== undefined;
    return [...new Set(isBound ? [...bound, 1] : bound)].map((filled) => [fn, { ...site, filled }] as const);
  };

  /** A decorator is called with what it decorates. */
  const decoratedBy = (definition: PyNode): Found =>
    decoratorsOf(definition).flatMap((call) =>
      resolve(call)
        .filter((fn) => fn.type !== 'ClassDef')
        .map((fn) => [fn, { given: [definition], keywords: [], elements: 0, filled: 0 }] as const),
    );

  const sitesFor = (node: PyNode): Found => {
    switch (node.type) {
      case 'Call':
        return [...sitesAt(node), ...passedBy(node)];
      case 'FunctionDef':
      case 'AsyncFunctionDef':
      case 'ClassDef':
        return decoratedBy(node);
      default:
        return operated.sitesAt(node);
    }
  };
  /** `@base.register(int)` of functools: calls of base may run it. */
  const registeredFor = (definition: PyNode): readonly PyNode[] =>
    (mentions('register') ? decoratorsOf(definition) : NONE).flatMap((decorator): readonly PyNode[] => {
      const names = [...namesOf(decorator), ...callsOf(decorator).flatMap(calleesOf)];
      const bases = names.flatMap((name) =>
        wordOf(name) === 'register' ? (nodeAt(name, 'value') ?? []) : [],
      );
      return bases.flatMap(resolve).filter((fn) => fn !== definition);
    });

  const operated = analyseOperators(scopes, following);
  const callers = nodes.filter(
    (node) => node.type === 'Call' || decoratorsOf(node).length > 0 || operated.mayCall(node),
  );
  const numberOf = numbers<PyNode>();
  const siteId = ([fn, { given, keywords, elements, mixed, filled }]: Found[number]): string =>
    [fn, ...given, ...keywords].map(numberOf).join() + `:${elements}:${mixed}:${filled}`;
  const sitesOf = tables.table(sitesFor, createNotes, siteId);
  /** Asked for as a whole: who is called through a parameter is known only when the arguments are. */
  const allSites = tables.table(
    (_: 'all') => callers.flatMap((node) => sitesOf.get(node)),
    undefined,
    siteId,
  );
  const grouped = derived((found: Found) => {
    const sites = new Map<PyNode, CallSite[]>();
    for (const [target, site] of found) pushTo(sites, target, site);
    return sites;
  });
  return (target): readonly CallSite[] => {
    const sites = grouped(allSites.get('all'));
    const own: readonly CallSite[] = sites.get(target) ?? NONE;
    const bases = registeredFor(target);
    return bases.length > 0
      ? [...own, ...bases.flatMap((base): readonly CallSite[] => sites.get(base) ?? NONE)]
      : own;
  };
};

const NONE: readonly never[] = [];
/** A site takes as much time and memory as some steps back. */
const SITE_WORK = 4;

const APPLYING = /^(apply|register_\w*hook)$/;

/** How foreign functions call those that they are passed; others hand on the arguments behind them as they are. */
const WAYS: readonly {
  readonly names: ReadonlySet<string>;
  readonly site: Pick<CallSite, 'elements' | 'mixed'>;
  /** The arguments before the function, too. */
  readonly takesOthers: boolean;
}[] = [
  { names: new Set(['map', 'filter']), site: { elements: 1 }, takesOthers: false },
  {
    names: new Set(
      'reduce accumulate groupby takewhile dropwhile filterfalse tree_map tree_map_ tree_map_only'.split(' '),
    ),
    site: { elements: 1, mixed: true },
    takesOthers: true,
  },
  { names: new Set(['starmap']), site: { elements: 2, mixed: true }, takesOthers: false },
];

/** The class whose body holds a function, perhaps in a block of its own. */
export const classAround = (fn: PyNode, scopes: Scopes): PyNode | undefined => {
  const { kind, node } = scopes.of(fn);
  return kind === 'class' ? node : undefined;
};

/** Methods that are mostly called without their names. */
const UNNAMED = new Set(['__init__', '__call__', 'forward']);

const isPlainClass = (node: PyNode): boolean => node.type === 'ClassDef' && decoratorsOf(node).length === 0;

/** What a decorated function may have been replaced by: the results of the file's own decorators. */
export const decoratorsOf = (fn: PyNode): readonly PyNode[] => nodesAt(fn, 'decorator_list');
