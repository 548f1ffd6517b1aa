import type { Found } from './call-sites.js';
import type { Expressions } from './expressions.js';
import type { Methods } from './methods.js';
import type { Scopes } from '../scopes.js';
import { sourcesOfTarget } from './targets.js';
import { nodeAt, nodesAt, textAt, type PyNode } from '../tree.js';

/** Methods of the file that operators, subscripts and assignments call, and with what. */
export interface OperatorSites {
  /** Whether a node may call one: only where a class of the file says so. */
  mayCall(node: PyNode): boolean;
  sitesAt(node: PyNode): Found;
}

interface Following
  extends Pick<Methods, 'methodsOf' | 'operatorsOf' | 'settersOf'>, Pick<Expressions, 'mentions'> {
  readonly classesOf: (expression: PyNode) => readonly PyNode[];
}

export const analyseOperators = (
  scopes: Scopes,
  { methodsOf, operatorsOf, settersOf, classesOf, mentions }: Following,
): OperatorSites => {
  const givenTo = (fns: readonly PyNode[], given: readonly PyNode[], elements = 0): Found =>
    fns.map((fn) => [fn, { given, keywords: [], elements, filled: 1 }] as const);
  /** `a + b`, `a in b` and `a == b` may call a method of either with the other. */
  const operatedBy = (operands: readonly PyNode[]): Found =>
    operands.flatMap((operand) => {
      const classes = classesOf(operand);
      const others = operands.filter((other) => other !== operand);
      return classes.flatMap((cls) =>
        operatorsOf(cls).flatMap((fn) => others.flatMap((other) => givenTo([fn], [other]))),
      );
    });
  const subscribedBy = (subscript: PyNode): Found => {
    const [base, slice] = [nodeAt(subscript, 'value'), nodeAt(subscript, 'slice')];
    const classes = base && slice ? classesOf(base) : [];
    if (!slice || classes.length === 0) return NONE;
    const read = ['__getitem__', '__delitem__', '__missing__'].flatMap((name) =>
      givenTo(methodsOf(classes, name), [slice]),
    );
    const written = sourcesOfTarget(subscript).flatMap(({ node, parts }) =>
      givenTo(methodsOf(classes, '__setitem__'), [slice, node], parts.length),
    );
    return [...read, ...written];
  };
  const assignedBy = (attribute: PyNode): Found => {
    const base = nodeAt(attribute, 'value');
    const setters = base ? settersOf(classesOf(base), textAt(attribute, 'attr') ?? '') : [];
    if (setters.length === 0) return NONE;
    return sourcesOfTarget(attribute).flatMap(({ node, parts }) => givenTo(setters, [node], parts.length));
  };

  const inClasses = new Set(
    scopes.all.filter(({ kind }) => kind === 'class').flatMap(({ bindings }) => [...bindings.keys()]),
  );
  const hasOperators = [...inClasses].some((name) => /^__\w+__$/.test(name) && !USUAL.has(name));
  const hasSetters = mentions('setter');
  return {
    mayCall: (node) => {
      if (node.type === 'Attribute') return hasSetters && node.fields['ctx'] === 'Store';
      return hasOperators && OPERATIONS.has(node.type);
    },
    sitesAt: (node) => {
      switch (node.type) {
        case 'BinOp':
          return operatedBy(operandsOf(node, 'left', 'right'));
        case 'AugAssign':
          return operatedBy(operandsOf(node, 'target', 'value'));
        case 'Compare':
          return operatedBy([...operandsOf(node, 'left'), ...nodesAt(node, 'comparators')]);
        case 'Subscript':
          return subscribedBy(node);
        case 'Attribute':
          return assignedBy(node);
        default:
          return NONE;
      }
    },
  };
};

const NONE: readonly never[] = [];
const OPERATIONS = new Set(['BinOp', 'AugAssign', 'Compare', 'Subscript']);
/** Names of classes that no operator asks for. */
const USUAL = new Set(
  '__init__ __new__ __call__ __enter__ __exit__ __iter__ __next__ __repr__ __str__ __len__ __slots__ __post_init__ __doc__'.split(
    ' ',
  ),
);

const operandsOf = (node: PyNode, ...fields: readonly string[]): readonly PyNode[] =>
  fields.flatMap((field) => nodeAt(node, field) ?? []);
