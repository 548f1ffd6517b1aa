import { calledBy, DEFINITIONS } from './calls.js';
import { lastWord, type Expressions } from './expressions.js';
import { classAround } from './call-sites.js';
import type { FlowGraph, State } from './flow-graph.js';
import { analyseHeirs, analyseLineage, type LineageOf } from './lineage.js';
import { createNotes } from '../notes.js';
import type { Binding, Scopes } from '../scopes.js';
import { SUBJECT } from './reads.js';
import type { Tables } from './tables.js';
import type { Source } from './targets.js';
import { nodeAt, nodesAt, positionalOf, textAt, type PyNode } from '../tree.js';

/** Which functions and classes of the file an expression is. */
export interface OwnDefinitions {
  /** The function or class that an expression is by itself: also `cls` in a class method. */
  readonly definedBy: (origin: PyNode) => readonly PyNode[];
  /** The functions and classes that an expression may be. */
  readonly definitionsOf: (expression: PyNode) => readonly PyNode[];
  /** The same of a part of an expression's value. */
  readonly definitionsAt: (source: Source) => readonly PyNode[];
  /** The classes that an expression is, or is an instance of. */
  readonly classesOf: (expression: PyNode) => readonly PyNode[];
  /** The classes of which a name is `self` or `cls` in one of their methods, and those that inherit from them. */
  readonly classesOfSelf: (name: PyNode) => readonly PyNode[];
  readonly lineageOf: LineageOf;
}

interface Following {
  readonly scopes: Scopes;
  /** An expression's value; the first mention of a variable answers for all. */
  readonly stateOf: (expression: PyNode) => State;
  readonly bindingsOf: (name: PyNode) => readonly Binding[];
  readonly expressions: Expressions;
  readonly graph: FlowGraph;
  readonly tables: Tables;
  /** Called where following values was given up. */
  readonly onBound: (node: PyNode) => void;
}

export const analyseDefinitions = (
  nodes: readonly PyNode[],
  { scopes, bindingsOf, expressions, graph, tables, stateOf, onBound }: Following,
): OwnDefinitions => {
  const hasGenerics = nodes.some(isGeneric);
  const asksForSupers = expressions.mentions('super');
  const asksForTypes = expressions.mentions('type');
  /** The object whose class is asked for. */
  const classAskedOf = (node: PyNode): PyNode | undefined => {
    if (node.type === 'Attribute')
      return textAt(node, 'attr') === '__class__' ? nodeAt(node, 'value') : undefined;
    const callee = asksForTypes && node.type === 'Call' ? nodeAt(node, 'func') : undefined;
    const args = callee ? nodesAt(node, 'args') : NONE;
    if (!callee || args.length !== 1 || !expressions.wordsOf(callee).includes('type')) return undefined;
    return firstOf(args[0])[0];
  };
  const definedBy = (node: PyNode): readonly PyNode[] => {
    if (DEFINITIONS.has(node.type)) return [node];
    if (node.type === 'Name') {
      if (textAt(node, 'id') === '__class__' && bindingsOf(node).length === 0) return classesOver(node);
      return selvesOf(node).filter(takesClass).flatMap(classOf);
    }
    // `type(self)` and `self.__class__`.
    const object = classAskedOf(node);
    if (object) return classesOf(object);
    // `Base[int]` is Base.
    const base =
      hasGenerics && node.type === 'Subscript' && mayBeTypes(nodeAt(node, 'slice'))
        ? nodeAt(node, 'value')
        : undefined;
    return base ? definitionsOf(base).filter(({ type }) => type === 'ClassDef') : NONE;
  };
  const definitions = graph.question(definedBy);
  const definitionsOf = (expression: PyNode): readonly PyNode[] =>
    MAY_BE_DEFINED.has(expression.type) ? definitions(stateOf(expression)) : NONE;
  const lineageOf = analyseLineage(definitionsOf, tables, onBound);
  const heirsOf = analyseHeirs(nodes, lineageOf, tables, graph.spend);

  /** The parameters by which methods get their object or class, of those that a name may be. */
  const selvesOf = (name: PyNode): readonly PyNode[] =>
    bindingsOf(name).flatMap(({ kind, node }) =>
      kind === 'parameter' && classOfFirst(node, scopes).length > 0 ? [node] : [],
    );
  /** Whether it is the first parameter of a method that gets the class, not an object. */
  const takesClass = (parameter: PyNode): boolean => {
    const method = parameter.parent?.parent;
    if (!method) return false;
    const decorators = nodesAt(method, 'decorator_list').flatMap(expressions.wordsOf);
    return textAt(method, 'name') === '__new__' || decorators.includes('classmethod');
  };
  const classOf = (self: PyNode): readonly PyNode[] => classOfFirst(self, scopes).flatMap(heirsOf);
  const classesOfSelf = (name: PyNode): readonly PyNode[] => selvesOf(name).flatMap(classOf);

  const classes = graph.question((node): readonly PyNode[] => {
    if (node.type === 'ClassDef') return [node];
    if (node.type === 'Name')
      return textAt(node, 'id') === '__class__' ? definedBy(node) : classesOfSelf(node);
    const object = classAskedOf(node);
    const asked = object ? classesOf(object) : NONE;
    const callee = node.type === 'Call' ? calledBy(node) : undefined;
    if (!callee) return asked;
    const supers = asksForSupers && expressions.wordsOf(callee).includes('super') ? supersOf(node) : NONE;
    // `super().__new__(cls)` is an object of cls.
    const made = lastWord(callee) === '__new__' ? firstOf(nodesAt(node, 'args')[0]) : [callee];
    const own = made.flatMap(definitionsOf).filter(({ type }) => type === 'ClassDef');
    return asked.length + supers.length > 0 ? [...asked, ...supers, ...own] : own;
  });
  /** `cls`, and the first of `*(cls, x)`. */
  const firstOf = (argument: PyNode | undefined): readonly PyNode[] => {
    if (argument?.type !== 'Starred') return argument ? [argument] : NONE;
    const unpacked = nodeAt(argument, 'value');
    return unpacked ? expressions.elementsOf(unpacked).slice(0, 1) : NONE;
  };
  /** What stands behind a class, or beside it where others inherit from both. */
  const supersOf = (call: PyNode): readonly PyNode[] => {
    const [first] = nodesAt(call, 'args');
    const named = firstOf(first).flatMap(definitionsOf);
    const own = first ? named.filter(({ type }) => type === 'ClassDef') : classesOver(call);
    return own.flatMap((cls) => {
      const found = behindOrBeside.get(cls);
      return graph.spend(call, found.length) ? NONE : found;
    });
  };
  const behindOrBeside = tables.table((cls: PyNode): readonly PyNode[] => {
    const found = new Set<PyNode>();
    for (const heir of heirsOf(cls)) {
      const lineage = lineageOf(heir);
      if (graph.spend(cls, lineage.length)) return NONE;
      for (const other of lineage) if (other !== cls) found.add(other);
    }
    return [...found];
  }, createNotes);
  const classesOf = (expression: PyNode): readonly PyNode[] => classes(stateOf(expression));

  return {
    ...{ definedBy, definitionsOf, lineageOf, classesOfSelf },
    definitionsAt: ({ node, parts }) => definitions(graph.state(node, parts, false)),
    classesOf,
  };
};

const NONE: readonly never[] = [];

const MAY_BE_DEFINED = new Set([
  ...['Name', 'Attribute', 'Lambda', 'Subscript', 'Call', 'IfExp', 'BoolOp', 'NamedExpr'],
  SUBJECT,
]);

/** Only what is generic may be subscripted: by parameters of its own, or by a base that is. */
const isGeneric = (node: PyNode): boolean =>
  node.type === 'ClassDef' &&
  (nodesAt(node, 'type_params').length > 0 ||
    nodesAt(node, 'bases').some(({ type }) => type !== 'Name' && type !== 'Attribute'));

/** Not `batch[:, 1:]`, `xs[0]` or `group["lr"]`. */
const mayBeTypes = (slice: PyNode | undefined): boolean =>
  slice?.type === 'Tuple'
    ? nodesAt(slice, 'elts').every(mayBeTypes)
    : slice !== undefined && !NO_TYPES.has(slice.type);
const NO_TYPES = new Set(['Slice', 'Constant', 'UnaryOp']);

/** The classes in whose bodies a node stands, the nearest first: Python means that one, and the others do no harm. */
const classesOver = (node: PyNode): readonly PyNode[] => {
  const found: PyNode[] = [];
  for (let around = node.parent; around; around = around.parent)
    if (around.type === 'ClassDef') found.push(around);
  return found;
};

/** The class whose method has this first parameter. */
const classOfFirst = (parameter: PyNode, scopes: Scopes): readonly PyNode[] => {
  const method = parameter.parent?.parent;
  const cls = method && classAround(method, scopes);
  return cls && positionalOf(method)[0] === parameter ? [cls] : NONE;
};
