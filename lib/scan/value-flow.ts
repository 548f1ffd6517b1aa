import { additionsOf } from './additions.js';
import { analyseAttributes } from './attributes.js';
import { analyseCalls, anyOf, calledBy, DEFINITIONS, joined, nameOf, type Calls } from './calls.js';
import { createFlowGraph, isFound } from './flow-graph.js';
import { analyseFunctions, classAround, decoratorsOf } from './functions.js';
import { analyseLineage } from './lineage.js';
import { derived, pushTo } from './lists.js';
import type { Names } from './names.js';
import { createNotes } from './notes.js';
import { analysePassedModules } from './passed-modules.js';
import type { Binding, Scopes } from './scopes.js';
import { attributesByCall, getattrOf, patternOf, SUBJECT, type AttributeOf } from './reads.js';
import { constantStrings } from './strings.js';
import type { Tables } from './tables.js';
import {
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
 * whatever it is bound to anywhere. What goes through foreign functions is lost, but for modules: see
 * `passed-modules.ts`.
 */
export interface ValueFlow {
  /** Expressions that may give this expression its value, itself among them. */
  readonly origins: (expression: PyNode) => readonly PyNode[];
  /** Whether one of the origins is something that `isOrigin` knows; cheap if it is always the same function. */
  mayBe(expression: PyNode, isOrigin: (node: PyNode) => boolean): boolean;
  /**
   * Whether an expression is, or is taken from, something that `isOrigin` knows: also through attributes and
   * elements. Results of foreign calls are new things.
   */
  comesFrom(expression: PyNode, isOrigin: (node: PyNode) => boolean): boolean;
  /** The names and attributes by which something is called, under whatever name. */
  readonly calleesOf: (call: PyNode) => readonly PyNode[];
  /** The arguments of a call by position; those of an unpacked tuple or list, too, as far as the text shows them. */
  readonly positionalsOf: (call: PyNode) => readonly PyNode[];
  /** The same for arguments by name. */
  readonly keywordsOf: Calls['keywordsOf'];
  /** Whether an expression is `self`, or a class of the file or an instance of one. */
  isOwn(expression: PyNode): boolean;
  readonly attributeOf: AttributeOf;
  /** All the texts that an expression may be; undefined when one of them is not known. */
  readonly stringsOf: (expression: PyNode | undefined) => readonly string[] | undefined;
  /** What all origins of an expression say by themselves. */
  question<Fact>(own: (origin: PyNode) => readonly Fact[]): (expression: PyNode) => readonly Fact[];
}

const COMPREHENSIONS = new Set(['ListComp', 'SetComp', 'GeneratorExp']);
const DISPLAYS = new Set(['Tuple', 'List', 'Set', 'Dict']);

/** Far beyond what 500 KB of honest code make; a worker's memory ends a little later. */
const BOUNDS = { maxStates: 600_000, maxFacts: 1000, maxWork: 1_000_000 };

/** @param onBound called where following values was given up, so that something may be unseen */
export const analyseValues = (
  nodes: readonly PyNode[],
  scopes: Scopes,
  { firstOf, bindingsOf }: Names,
  tables: Tables,
  onBound: (node: PyNode) => void,
): ValueFlow => {
  const attributeOf = attributesByCall();
  const graph = createFlowGraph(
    (node, parts, taken) => {
      const modules = passed.of(node);
      const sources = step(node, parts, taken);
      return modules.length > 0 ? [...sources, ...modules.flatMap((held) => to(held, []))] : sources;
    },
    tables,
    onBound,
    BOUNDS,
  );
  const valueOf = (expression: PyNode) => graph.state(expression, [], false);
  const stringsOf = constantStrings((node, parts) => step(node, parts, false), bindingsOf, onBound);
  const origins = tables.table(
    (expression: PyNode) => [...graph.reached(valueOf(expression))].filter(isFound).map(({ node }) => node),
    createNotes,
  );
  const definitions = graph.question((node) => (DEFINITIONS.has(node.type) ? [node] : []));
  /** Functions and classes of the file. */
  const definitionsOf = (expression: PyNode): readonly PyNode[] =>
    MAY_BE_DEFINED.has(expression.type) ? definitions(valueOf(expression)) : [];
  const lineageOf = analyseLineage(definitionsOf, tables, onBound);
  const calls = analyseCalls({
    scopes,
    functions: () => functions,
    question: (own) => {
      const answers = graph.question(own);
      return (expression) => answers(valueOf(expression));
    },
    ...{ definitions: definitionsOf, lineageOf },
  });
  const functions = analyseFunctions(nodes, scopes, tables, calls);
  const namesIn = graph.question((node) => (node.type === 'Name' ? [textAt(node, 'id') ?? ''] : []));
  const valueNames = (expression: PyNode): readonly string[] => namesIn(valueOf(expression));
  /** By all names of a container; asked for as a whole, as the calls are. */
  const allAdditions = tables.table((_: 'all') =>
    nodes
      .flatMap((node) => additionsOf(node, calls.calleesOf))
      .flatMap(({ containers, source }) =>
        containers.flatMap(valueNames).map((name) => [name, source] as const),
      ),
  );
  const additions = derived((found: readonly (readonly [string, Source])[]) => {
    const grouped = new Map<string, Source[]>();
    for (const [name, source] of found) pushTo(grouped, name, source);
    return grouped;
  });

  /** One step back from a value, or from a part of it. */
  const step = (node: PyNode, parts: readonly Selector[], taken: boolean): readonly Source[] => {
    switch (node.type) {
      case 'Name':
        return ofName(node, parts);
      case 'NamedExpr':
      case 'Starred':
      case 'Await':
      case 'YieldFrom':
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
        // `f.__call__` is f.
        if (textAt(node, 'attr') === '__call__') return to(nodeAt(node, 'value'), parts);
        return [...ofAttribute(node, parts), ...(taken ? to(nodeAt(node, 'value'), []) : [])];
      case 'Call':
        return ofCall(node, parts);
      case SUBJECT:
        return sourcesOfPattern(patternOf(node)).flatMap((source) =>
          to(source.node, [...source.parts, ...parts]),
        );
      default:
        if (DISPLAYS.has(node.type)) return partsOfDisplay(node, parts);
        if (COMPREHENSIONS.has(node.type) && parts.length > 0) return to(nodeAt(node, 'elt'), parts.slice(1));
        if (node.type === 'DictComp' && parts.length > 0) return to(nodeAt(node, 'value'), parts.slice(1));
        return [];
    }
  };

  const ofName = (name: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const first = firstOf(name);
    if (first !== name) return [{ node: first, parts }];
    const added =
      parts.length > 0 ? (additions(allAdditions.get('all')).get(textAt(name, 'id') ?? '') ?? []) : [];
    return [
      ...bindingsOf(name).flatMap((binding) => ofBinding(binding, parts)),
      ...added.map((source) => ({ node: source.node, parts: [...source.parts, ...parts.slice(1)] })),
    ];
  };

  const ofBinding = ({ kind, node }: Binding, parts: readonly Selector[]): readonly Source[] => {
    if (kind === 'parameter') return [...to(defaultOf(node), parts), ...functions.argumentsOf(node, parts)];
    if (kind === 'assign') {
      // `*rest` begins somewhere.
      const isRest = node.parent?.type === 'Starred' || node.type === 'MatchStar';
      const wanted = isRest && parts.length > 0 ? anyOf(parts) : parts;
      const grown =
        node.parent?.type === 'AugAssign' && parts.length > 0 ? nodeAt(node.parent, 'value') : undefined;
      return [
        ...to(grown, anyOf(parts)),
        ...sourcesOfTarget(node).map((source) => ({
          node: source.node,
          parts: [...source.parts, ...wanted],
        })),
      ];
    }
    if (kind !== 'def') return [];
    // What a decorator of the file gives back stands for the function; so does the function.
    const decorated = decoratorsOf(node).flatMap((decorator) => calls.valuesOf(decorator, parts));
    return [{ node, parts }, ...decorated];
  };

  const ofCall = (call: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const [object, key, fallback] = getattrOf(call) ?? [];
    if (!object) return calls.resultsOf(call, parts);
    const names = stringsOf(key) ?? [];
    return [...names.flatMap((attr) => to(attributeOf(call, object, attr), parts)), ...to(fallback, parts)];
  };

  /** Values that own classes and objects were given as attributes. */
  const ofAttribute = (node: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const attr = textAt(node, 'attr') ?? '';
    const base = nodeAt(node, 'value');
    if (!base || !attributes.isKnown(attr)) return [];
    const classes = classesOf(base).flatMap(lineageOf);
    const inBodies = classes.flatMap((cls) => scopes.opened(cls)?.bindings.get(attr) ?? []);
    return [
      ...origins.get(base).flatMap((made) => calls.fieldOf(made, attr, parts)),
      ...attributes
        .storesOf(attr, base, [...classes, ...ownFunctions(base)])
        .flatMap((store) =>
          sourcesOfTarget(store).map((source) => ({ node: source.node, parts: [...source.parts, ...parts] })),
        ),
      ...inBodies.flatMap((binding) => [...ofBinding(binding, parts), ...ofProperty(binding, parts)]),
    ];
  };

  const classes = graph.question((node): readonly PyNode[] => {
    if (node.type === 'ClassDef') return [node];
    if (node.type === 'Name')
      return bindingsOf(node).flatMap((held) =>
        held.kind === 'parameter' ? classOfSelf(held.node, scopes) : [],
      );
    const callee = node.type === 'Call' ? calledBy(node) : undefined;
    return callee ? definitionsOf(callee).filter(({ type }) => type === 'ClassDef') : [];
  });
  /** The own classes that an expression is, or is an instance of. */
  const classesOf = (expression: PyNode): readonly PyNode[] => classes(valueOf(expression));
  /** Functions hold attributes, too, under whatever name. */
  const ownFunctions = (expression: PyNode): readonly PyNode[] =>
    definitionsOf(expression).filter(({ type }) => type !== 'ClassDef');
  const holdersOf = (expression: PyNode) => [...classesOf(expression), ...ownFunctions(expression)];
  const attributes = analyseAttributes(nodes, scopes, tables, { firstOf, holdersOf });

  const passed = analysePassedModules(
    nodes,
    bindingsOf,
    tables,
    () => ({
      ...calls,
      ...{ graph, origins: origins.get },
      resultsOf: (fn) => functions.resultsOf(fn).map(({ node }) => node),
      operatorsOf: (operand) => classesOf(operand).flatMap(calls.operatorsOf),
      isKnown: (attr) => attributes.isKnown(attr),
    }),
    onBound,
  );

  const properties = graph.question((node) => (PROPERTIES.has(nameOf(node)) ? IS_IT : []));
  const isProperty = (expression: PyNode): boolean => properties(valueOf(expression)).length > 0;
  /** What is read like an attribute: a method with the decorator, or `found = property(get)`. */
  const ofProperty = ({ node }: Binding, parts: readonly Selector[]): readonly Source[] => {
    if (isFunction(node))
      return decoratorsOf(node).some(isProperty)
        ? functions.resultsOf(node).flatMap((source) => joined(source, parts))
        : [];
    return sourcesOfTarget(node).flatMap(({ node: call }) => {
      const callee = call.type === 'Call' ? calledBy(call) : undefined;
      if (!callee || !isProperty(callee)) return [];
      const named = calls.keywordsOf(call).flatMap(({ name, value }) => (GETTERS.has(name) ? [value] : []));
      return [...calls.positionalsOf(call).slice(0, 1), ...named].flatMap((get) =>
        calls.valuesOf(get, parts),
      );
    });
  };

  const isAny = derived((isOrigin: (node: PyNode) => boolean) =>
    graph.question((node) => (isOrigin(node) ? IS_IT : [])),
  );

  return {
    ...{
      origins: origins.get,
      calleesOf: calls.calleesOf,
      positionalsOf: calls.positionalsOf,
      keywordsOf: calls.keywordsOf,
      ...{ attributeOf, stringsOf },
    },
    isOwn: (expression) => classesOf(expression).length > 0,
    mayBe: (expression, isOrigin) => isAny(isOrigin)(valueOf(expression)).length > 0,
    comesFrom: (expression, isOrigin) => isAny(isOrigin)(graph.state(expression, [], true)).length > 0,
    question: (own) => {
      const answers = graph.question(own);
      return (expression) => answers(valueOf(expression));
    },
  };
};

const IS_IT = [true] as const;
const PROPERTIES = new Set(['property', 'cached_property']);
const GETTERS = new Set(['fget', 'func']);

const MAY_BE_DEFINED = new Set([
  'Name',
  'Attribute',
  'Lambda',
  'Subscript',
  'Call',
  'IfExp',
  'BoolOp',
  'NamedExpr',
  SUBJECT,
]);

const to = (node: PyNode | undefined, parts: readonly Selector[]): readonly Source[] =>
  node ? [{ node, parts }] : [];

/** The class whose method has this first parameter. */
const classOfSelf = (parameter: PyNode, scopes: Scopes): readonly PyNode[] => {
  const method = parameter.parent?.parent;
  const cls = method && classAround(method, scopes);
  return cls && positionalOf(method)[0] === parameter ? [cls] : [];
};
