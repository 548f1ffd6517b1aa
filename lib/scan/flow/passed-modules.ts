import { DEFINITIONS, type Calls } from './calls.js';
import type { Binding } from '../scopes.js';
import type { FlowGraph } from './flow-graph.js';
import { createNotes } from '../notes.js';
import { getattrOf } from './reads.js';
import type { Tables } from './tables.js';
import { nodeAt, nodesAt, textAt, textsAt, type PyNode } from '../tree.js';

/**
 * Modules as values. Hardly any file hands a module to anything, so where one does, whatever gets it may give it back:
 * foreign functions, operators of own classes, exceptions. Of other values only those come back that `given-back.ts`
 * knows of, since most of what foreign functions give is new.
 */
export interface PassedModules {
  /** The names of modules that an expression may stand for, beside what the value flow knows by itself. */
  of(node: PyNode): readonly PyNode[];
}

/** What the value flow knows. */
interface Following extends Pick<Calls, 'calleesOf' | 'callablesOf'> {
  readonly graph: Pick<FlowGraph, 'question' | 'within'>;
  readonly origins: (expression: PyNode) => readonly PyNode[];
  /** What a function of the file returns or yields. */
  readonly resultsOf: (fn: PyNode) => readonly PyNode[];
  /** The methods by which an object of the file's own answers to operators. */
  readonly operatorsOf: (operand: PyNode) => readonly PyNode[];
  /** Whether classes or assignments of the file have an attribute of this name. */
  readonly isKnown: (attr: string) => boolean;
}

const NONE: PassedModules = { of: () => [] };

/** Following them doubles the work. An ordinary file has some thousand nodes, 500 KB have 70,000. */
const MAX_NODES = 25_000;

/**
 * @param follow asked only where a module is a value
 * @param onBound called where the file is too large for that
 */
export const analysePassedModules = (
  nodes: readonly PyNode[],
  bindingsOf: (name: PyNode) => readonly Binding[],
  tables: Tables,
  follow: () => Following,
  onBound: (node: PyNode) => void,
): PassedModules => {
  const isModule = (node: PyNode): boolean =>
    node.type === 'Name' &&
    node.fields['ctx'] === 'Load' &&
    bindingsOf(node).some((held) => held.kind === 'import' && held.node.parent?.type === 'Import');
  const isBare = (name: PyNode): boolean =>
    (name.parent?.type !== 'Attribute' || name.role !== 'value') &&
    name.role !== 'test' &&
    (isDefault(name) || !isAsking(name.parent, bindingsOf));
  const bare = nodes.find((node) => node.type === 'Name' && isBare(node) && isModule(node));
  if (!bare) return NONE;
  if (nodes.length <= MAX_NODES) return following(nodes, isModule, bindingsOf, tables, follow);
  onBound(bare);
  return NONE;
};

/** `getattr(x, "name", random)` may give `random`. */
const isDefault = ({ parent, role, index }: PyNode): boolean =>
  parent !== null && role === 'args' && index === 2 && getattrOf(parent) !== undefined;

/** Builtins that say something about a value, and give nothing of it back. */
const ASKING = new Set(
  'hasattr getattr isinstance issubclass callable print repr str type id bool len'.split(' '),
);

/** `hasattr(torch, "compile")`, where the file has no `hasattr` of its own, and `torch is not None`. */
const isAsking = (node: PyNode | null, bindingsOf: (name: PyNode) => readonly Binding[]): boolean => {
  if (node?.type === 'Compare') return textsAt(node, 'ops').every((op) => op === 'Is' || op === 'IsNot');
  const callee = node?.type === 'Call' ? nodeAt(node, 'func') : undefined;
  return callee?.type === 'Name' && ASKING.has(textAt(callee, 'id') ?? '') && bindingsOf(callee).length === 0;
};

const following = (
  nodes: readonly PyNode[],
  isModule: (node: PyNode) => boolean,
  bindingsOf: (name: PyNode) => readonly Binding[],
  tables: Tables,
  follow: () => Following,
): PassedModules => {
  const { graph, origins, calleesOf, callablesOf, resultsOf, operatorsOf, isKnown } = follow();
  const modules = graph.question((node) => (isModule(node) ? [node] : []));
  const functions = graph.question((node) => (DEFINITIONS.has(node.type) ? [node] : []));
  /** Modules that an expression is or holds. */
  const within = (node: PyNode): readonly PyNode[] => modules(graph.within(node));
  const resultsWithin = (fns: readonly PyNode[]): readonly PyNode[] => fns.flatMap(resultsOf).flatMap(within);

  const raised = nodes.flatMap((node) => (node.type === 'Raise' ? (nodeAt(node, 'exc') ?? []) : []));
  const returned = nodes.flatMap((node) => (node.type === 'Return' ? (nodeAt(node, 'value') ?? []) : []));
  const isForeign = (callee: PyNode): boolean => {
    if (callee.type === 'Attribute') return !isKnown(textAt(callee, 'attr') ?? '');
    const bindings = callee.type === 'Name' ? bindingsOf(callee) : undefined;
    return bindings !== undefined && (bindings.length === 0 || bindings.some(({ kind }) => kind !== 'def'));
  };

  const ofCall = (call: PyNode): readonly PyNode[] => {
    const callee = nodeAt(call, 'func');
    if (!callee || isAsking(call, bindingsOf)) return [];
    const callees = calleesOf(call);
    // What functions of the file make of their arguments is known.
    const callables = callablesOf(callee);
    const isOwn = callables.length > 0 && callables.every(({ type }) => type !== 'ClassDef');
    if (isOwn && !callees.some(isForeign)) return [];
    // Methods of containers, not functions of modules.
    const holders = callees
      .flatMap((held) => (held.type === 'Attribute' ? (nodeAt(held, 'value') ?? []) : []))
      .filter((held) => !isModule(held));
    const given = [...nodesAt(call, 'args'), ...nodesAt(call, 'keywords')].map((argument) =>
      argument.type === 'keyword' || argument.type === 'Starred'
        ? (nodeAt(argument, 'value') ?? argument)
        : argument,
    );
    return [
      ...given.flatMap(within),
      ...given.flatMap((argument) =>
        resultsWithin([...callablesOf(argument), ...functions(graph.within(argument))]),
      ),
      ...holders.flatMap(within),
    ];
  };

  const ofOperands = (operands: readonly (PyNode | undefined)[]): readonly PyNode[] =>
    operands.flatMap((operand) =>
      operand ? [...within(operand), ...resultsWithin(operatorsOf(operand))] : [],
    );

  const isCaught = (name: PyNode): boolean =>
    bindingsOf(name).some(({ node }) => node.type === 'ExceptHandler');

  const known = tables.table((node: PyNode): readonly PyNode[] => {
    switch (node.type) {
      case 'Name':
        return bindingsOf(node).flatMap(({ node: { parent } }) =>
          parent?.type === 'AugAssign' ? ofOperands([nodeAt(parent, 'target'), nodeAt(parent, 'value')]) : [],
        );
      case 'Call':
        return ofCall(node);
      case 'Attribute': {
        const base = nodeAt(node, 'value');
        if (!base || isKnown(textAt(node, 'attr') ?? '')) return [];
        return origins(base).flatMap((held) => {
          if (held.type === 'Name' && isCaught(held)) return [...raised, ...returned].flatMap(within);
          return held.type === 'Call' ? known.get(held) : [];
        });
      }
      case 'BinOp':
        return ofOperands([nodeAt(node, 'left'), nodeAt(node, 'right')]);
      case 'Compare':
        return isAsking(node, bindingsOf)
          ? []
          : ofOperands([nodeAt(node, 'left'), ...nodesAt(node, 'comparators')]);
      case 'UnaryOp':
        return ofOperands([nodeAt(node, 'operand')]);
      case 'Await':
        return ofOperands([nodeAt(node, 'value')]);
      default:
        return [];
    }
  }, createNotes);
  return { of: known.get };
};
