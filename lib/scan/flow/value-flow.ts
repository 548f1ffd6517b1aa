import { analyseContainers } from './containers.js';
import { analyseAttributes } from './attributes.js';
import { analyseCalls, anyOf, calledBy, joined, type Calls } from './calls.js';
import { analyseExpressions } from './expressions.js';
import { createFlowGraph, isFound } from './flow-graph.js';
import { analyseCallSites, decoratorsOf } from './call-sites.js';
import { analyseFunctions } from './functions.js';
import { analyseGivenBack } from './given-back.js';
import { derived } from '../lists.js';
import { analyseMethods } from './methods.js';
import { askedOperators } from './operator-sites.js';
import type { Names } from '../names.js';
import { createNotes } from '../notes.js';
import { analyseDefinitions } from './own-definitions.js';
import { analysePassedModules } from './passed-modules.js';
import type { Binding, Scopes } from '../scopes.js';
import {
  attributesByCall,
  getattrOf,
  patternOf,
  readsByPosition,
  SUBJECT,
  type AttributeOf,
} from './reads.js';
import { constantStrings } from './strings.js';
import type { Tables } from './tables.js';
import {
  to,
  partsOfDisplay,
  selectorOf,
  sourcesOfPattern,
  sourcesOfTarget,
  type Selector,
  type Source,
} from './targets.js';
import { defaultOf, isFunction, nodeAt, nodesAt, textAt, type PyNode } from '../tree.js';

/**
 * Where values come from, as far as the text shows it: assignment in every form, containers, own functions,
 * attributes of own classes, patterns. Nothing is run, no order of statements is known: a name may stand for
 * whatever it is bound to anywhere. What goes through foreign functions is lost, but for what `given-back.ts` and, of
 * modules, `passed-modules.ts` know.
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
  /** The nearest origin that `isOrigin` knows, for reports. @param taken also through attributes and elements */
  nearest(expression: PyNode, isOrigin: (node: PyNode) => boolean, taken: boolean): PyNode | undefined;
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
  const readAt = readsByPosition();
  const graph = createFlowGraph(
    (node, parts, taken) => {
      const modules = passed.of(node);
      const guesses = givenBack.of(node, parts);
      const sources = step(node, parts, taken);
      if (modules.length === 0 && guesses.length === 0) return sources;
      return [...sources, ...guesses, ...modules.flatMap((held) => to(held, []))];
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
  const question: ValueFlow['question'] = (own) => {
    const answers = graph.question(own);
    return (expression) => answers(valueOf(expression));
  };
  /** Where the words do not matter, the first mention of a variable answers for all. */
  const variableOf = (expression: PyNode) =>
    valueOf(expression.type === 'Name' ? firstOf(expression) : expression);
  const questionOfVariables = <Fact>(own: (origin: PyNode) => readonly Fact[]) => {
    const answers = graph.question(own);
    return (expression: PyNode) => answers(variableOf(expression));
  };
  /** The same about a part of an expression's value. */
  const questionAt = <Fact>(own: (origin: PyNode) => readonly Fact[]) => {
    const answers = graph.question(own);
    return ({ node, parts }: Source): readonly Fact[] => answers(graph.state(node, parts, false));
  };
  const expressions = analyseExpressions(nodes, question, bindingsOf);
  const definitions = analyseDefinitions(nodes, {
    ...{ scopes, bindingsOf, expressions, graph, tables, onBound },
    stateOf: variableOf,
  });
  const { definedBy, definitionsOf, classesOf, classesOfSelf, lineageOf } = definitions;
  const { spend } = graph;
  const methods = analyseMethods({
    ...{ scopes, tables, lineageOf, spend, expressions },
    definitions: definitionsOf,
    definitionsAt: definitions.definitionsAt,
    elementsAt: questionAt((node) => nodesAt(node, 'elts')),
  });
  const calls = analyseCalls({
    expressions,
    methods,
    functions: () => functions,
    ...{ question, questionOfVariables },
    ...{ definedBy, definitions: definitionsOf, spend },
  });
  const sitesOf = analyseCallSites(nodes, scopes, tables, {
    ...calls,
    ...methods,
    ...expressions,
    ...{ spend, classesOf },
  });
  const functions = analyseFunctions(nodes, scopes, sitesOf, { ...methods, ...expressions });
  const containers = analyseContainers(nodes, scopes, tables, {
    ...calls,
    ...expressions,
    ...{ graph, question, questionAt },
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
        return [
          ...ofAttribute(node, parts),
          ...containers.addedTo(node, parts),
          ...(taken ? to(nodeAt(node, 'value'), []) : []),
        ];
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
    return [
      ...bindingsOf(name).flatMap((binding) => ofBinding(binding, parts)),
      ...containers.addedTo(name, parts),
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
        ...ofMatched(node, parts),
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

  /** `case Box(x)`: x is the attribute that the class's fields or `__match_args__` name at this position. */
  const ofMatched = (node: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const cls = node.role === 'patterns' && node.parent ? nodeAt(node.parent, 'cls') : undefined;
    return (cls ? definitionsOf(cls) : [])
      .flatMap((held) => methods.matchedNames(held)[node.index] ?? [])
      .flatMap((attr) => to(readAt(node, attr), parts));
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
      ...origins
        .get(base)
        .flatMap((held) => (held.type === 'Name' ? classesOfSelf(held) : []))
        .flatMap((cls) => functions.fieldOf(cls, attr, parts)),
      ...attributes
        .storesOf(attr, base, [...classes, ...ownFunctions(base)])
        .flatMap((store) =>
          sourcesOfTarget(store).map((source) => ({ node: source.node, parts: [...source.parts, ...parts] })),
        ),
      ...inBodies.flatMap((binding) => [...ofBinding(binding, parts), ...ofProperty(binding, parts)]),
    ];
  };

  /** Functions hold attributes, too, under whatever name. */
  const ownFunctions = (expression: PyNode): readonly PyNode[] =>
    definitionsOf(expression).filter(({ type }) => type !== 'ClassDef');
  const holdersOf = (expression: PyNode) => [...classesOf(expression), ...ownFunctions(expression)];
  const attributes = analyseAttributes(nodes, scopes, tables, { firstOf, holdersOf });

  const givenBack = analyseGivenBack(nodes, tables, {
    ...calls,
    ...expressions,
    ...{ bindingsOf, firstOf, question },
    origins: origins.get,
    exits: tables.table((_: 'all') =>
      // Whoever inherits one has it of a class that binds it.
      scopes.all.flatMap(({ kind, node, bindings }) =>
        kind === 'class'
          ? EXITS.flatMap((name) => (bindings.has(name) ? methods.methodsOf([node], name) : []))
          : [],
      ),
    ),
    askedOperators: askedOperators(scopes),
    answersOf: (operand, names) =>
      names
        .flatMap((name) => methods.methodsOf(classesOf(operand), name))
        .flatMap((fn) => functions.resultsOf(fn)),
    forwardedBy: (cls, parts) =>
      methods
        .methodsOf(classesOf(cls), 'forward')
        .flatMap((fn) => functions.resultsOf(fn))
        .flatMap((source) => joined(source, parts)),
  });
  const passed = analysePassedModules(
    nodes,
    bindingsOf,
    tables,
    () => ({
      ...calls,
      ...{ graph, origins: origins.get },
      resultsOf: (fn) => functions.resultsOf(fn).map(({ node }) => node),
      operatorsOf: (operand) => classesOf(operand).flatMap(methods.operatorsOf),
      isKnown: (attr) => attributes.isKnown(attr),
    }),
    onBound,
  );

  const properties = graph.question((node) => (PROPERTIES.has(expressions.wordOf(node)) ? IS_IT : []));
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
    nearest: (expression, isOrigin, taken) => graph.nearest(graph.state(expression, [], taken), isOrigin),
    question,
  };
};

const IS_IT = [true] as const;
const PROPERTIES = new Set(['property', 'cached_property']);
const EXITS = ['__exit__', '__aexit__'];
const GETTERS = new Set(['fget', 'func']);
