import type { Scopes } from './scopes.js';
import type { Selector, Source } from './targets.js';
import { isFunction, nodeAt, nodesAt, parametersOf, positionalOf, textAt, type PyNode } from './tree.js';

/** How the file's own functions are called, and what they give back. */
export interface Functions {
  /** What is returned (yielded: any element of the result). */
  resultsOf(fn: PyNode): readonly Source[];
  /** What callers pass for a parameter. */
  argumentsOf(parameter: PyNode, parts: readonly Selector[]): readonly Source[];
}

/** A call of a function, or one that passes it to something that will call it. */
interface CallSite {
  readonly call: PyNode;
  /** The call's position that holds the first argument of the function. */
  readonly first: number;
  /** The function gets elements of the arguments, as from `map`. */
  readonly elements: boolean;
  /** Parameters that are filled by Python: `self`. */
  readonly filled: number;
}

/** @param resolve the functions and classes of the file that an expression may stand for */
export const analyseFunctions = (
  nodes: readonly PyNode[],
  scopes: Scopes,
  resolve: (expression: PyNode) => readonly PyNode[],
): Functions => {
  const results = new Map<PyNode, Source[]>();
  const methods = new Map<string, PyNode[]>();
  for (const node of nodes) {
    if (isFunction(node) && node.parent?.type === 'ClassDef')
      pushTo(methods, textAt(node, 'name') ?? '', node);
    const value = RESULTS.has(node.type) ? nodeAt(node, 'value') : undefined;
    if (!value) continue;
    const parts: Selector[] = node.type === 'Yield' ? [null] : [];
    pushTo(results, scopes.of(node).node, { node: value, parts });
  }

  const calledBy = (call: PyNode): readonly (readonly [PyNode, CallSite])[] => {
    const callee = nodeAt(call, 'func');
    if (!callee) return [];
    const known = resolve(callee).flatMap((target) =>
      target.type === 'ClassDef' ? initialisersOf(target) : [target],
    );
    const named =
      callee.type === 'Attribute' && known.length === 0
        ? (methods.get(textAt(callee, 'attr') ?? '') ?? [])
        : [];
    return [...known, ...named].map(
      (fn) => [fn, { call, first: 0, elements: false, filled: boundParameters(fn, callee) }] as const,
    );
  };

  const passedBy = (call: PyNode): readonly (readonly [PyNode, CallSite])[] =>
    nodesAt(call, 'args').flatMap((argument, position) =>
      FUNCTION_LIKE.has(argument.type)
        ? resolve(argument)
            .filter((fn) => fn.type !== 'ClassDef')
            .map(
              (fn) =>
                [
                  fn,
                  {
                    call,
                    first: position + 1,
                    elements: MAPPING.has(nameOf(nodeAt(call, 'func'))),
                    filled: 0,
                  },
                ] as const,
            )
        : [],
    );

  let sites: Map<PyNode, CallSite[]> | undefined;
  const sitesOf = (fn: PyNode): readonly CallSite[] => {
    if (!sites) {
      // While this runs, calls of functions that are parameters themselves stay unknown.
      sites = new Map();
      const found = nodes
        .filter(({ type }) => type === 'Call')
        .flatMap((call) => [...calledBy(call), ...passedBy(call)]);
      for (const [target, site] of found) pushTo(sites, target, site);
    }
    return sites.get(fn) ?? [];
  };

  return {
    resultsOf: (fn) => {
      if (fn.type === 'Lambda') return sources(nodeAt(fn, 'body'), []);
      return results.get(fn) ?? [];
    },
    argumentsOf: (parameter, parts) => {
      const fn = parameter.parent?.parent;
      return fn ? sitesOf(fn).flatMap((site) => argumentFor(fn, parameter, site, parts)) : [];
    },
  };
};

const RESULTS = new Set(['Return', 'Yield', 'YieldFrom']);
const FUNCTION_LIKE = new Set(['Name', 'Attribute', 'Lambda']);
const MAPPING = new Set(['map', 'filter']);

const pushTo = <Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void => {
  const known = map.get(key);
  if (known) known.push(item);
  else map.set(key, [item]);
};

const nameOf = (callee: PyNode | undefined): string =>
  callee ? (textAt(callee, callee.type === 'Attribute' ? 'attr' : 'id') ?? '') : '';

const initialisersOf = (cls: PyNode): readonly PyNode[] =>
  nodesAt(cls, 'body').filter((node) => isFunction(node) && textAt(node, 'name') === '__init__');

/** `self` of a method that is called through an instance or a class. */
const boundParameters = (fn: PyNode, callee: PyNode): number => {
  if (fn.parent?.type !== 'ClassDef') return 0;
  const unbound = nodesAt(fn, 'decorator_list').some(
    (decorator) => textAt(decorator, 'id') === 'staticmethod',
  );
  return unbound || (callee.type === 'Name' && textAt(fn, 'name') !== '__init__') ? 0 : 1;
};

const argumentFor = (
  fn: PyNode,
  parameter: PyNode,
  site: CallSite,
  parts: readonly Selector[],
): readonly Source[] => {
  const { call, first, elements, filled } = site;
  const given = nodesAt(call, 'args').slice(first);
  const inner = elements ? [null, ...parts] : parts;
  const callee = nodeAt(call, 'func');
  // `model.apply(freeze)` gives the model and its modules to freeze.
  const applied = first > 0 && callee?.type === 'Attribute' && textAt(callee, 'attr') === 'apply';
  if (applied && parameter === parametersOf(fn)[0]) return sources(nodeAt(callee, 'value'), parts);
  if (parameter.role === 'vararg') {
    const rest = given.slice(Math.max(positionalOf(fn).length - filled, 0));
    const [part, ...left] = parts;
    if (part === undefined) return [];
    return (typeof part === 'number' ? rest.slice(part, part + 1) : rest).flatMap((node) =>
      sources(node, left),
    );
  }
  const keywords = nodesAt(call, 'keywords');
  if (parameter.role === 'kwarg') {
    const [part, ...left] = parts;
    return keywords
      .filter((keyword) => typeof part !== 'string' || textAt(keyword, 'arg') === part)
      .flatMap((keyword) => sources(nodeAt(keyword, 'value'), left));
  }
  const named = keywords
    .filter((keyword) => textAt(keyword, 'arg') === textAt(parameter, 'arg'))
    .flatMap((keyword) => sources(nodeAt(keyword, 'value'), parts));
  const unpacked = keywords
    .filter((keyword) => textAt(keyword, 'arg') === undefined)
    .flatMap((keyword) => sources(nodeAt(keyword, 'value'), [textAt(parameter, 'arg') ?? null, ...parts]));
  const position = positionalOf(fn).indexOf(parameter) - filled;
  if (position < 0) return [...named, ...unpacked];
  const starred = given.slice(0, position + 1).find(({ type }) => type === 'Starred');
  const spread = starred
    ? sources(nodeAt(starred, 'value'), [null, ...inner])
    : sources(given[position], inner);
  return [...named, ...unpacked, ...spread];
};

const sources = (node: PyNode | undefined, parts: readonly Selector[]): readonly Source[] =>
  node ? [{ node, parts }] : [];

/** What a decorated function may have been replaced by: the results of the file's own decorators. */
export const decoratorsOf = (fn: PyNode): readonly PyNode[] => nodesAt(fn, 'decorator_list');

/** A method that is read like an attribute. */
export const isProperty = (fn: PyNode): boolean =>
  decoratorsOf(fn).some((decorator) => ['property', 'cached_property'].includes(nameOf(decorator)));
