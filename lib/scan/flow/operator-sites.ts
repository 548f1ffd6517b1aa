import type { Found } from './call-sites.js';
import type { Expressions } from './expressions.js';
import type { Methods } from './methods.js';
import type { Scopes } from '../scopes.js';
import { sourcesOfTarget } from './targets.js';
import { nodeAt, nodesAt, textAt, textsAt, type PyNode } from '../tree.js';

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

  const { namesInClasses } = scopes;
  const isDefined = (method: string): boolean => namesInClasses.has(`__${method}__`);
  const methodsAskedBy = askedOperators(scopes);
  const hasElements = ELEMENT_METHODS.some(isDefined);
  const hasSetters = mentions('setter');
  return {
    mayCall: (node) => {
      switch (node.type) {
        case 'Subscript':
          return hasElements;
        case 'Attribute':
          return (
            hasSetters && node.fields['ctx'] === 'Store' && namesInClasses.has(textAt(node, 'attr') ?? '')
          );
        case 'Compare':
          return textsAt(node, 'ops').some((op) => (COMPARISONS[op] ?? NONE).some(isDefined));
        case 'BinOp':
        case 'AugAssign':
          return methodsAskedBy(node).length > 0;
        default:
          return false;
      }
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

/** The methods that an operator, or a builtin called by name, asks for, of those that classes of the file define. */
export const askedOperators = ({
  namesInClasses,
}: Scopes): ((node: PyNode, called?: string) => readonly string[]) => {
  const known = new Map<string, readonly string[]>();
  return (node, called) => {
    const method = called ?? ARITHMETIC[textAt(node, 'op') ?? ''] ?? '';
    let asked = known.get(method);
    if (!asked) {
      asked = ['', 'r', 'i'].map((side) => `__${side}${method}__`).filter((name) => namesInClasses.has(name));
      known.set(method, asked);
    }
    return asked;
  };
};

const NONE: readonly never[] = [];
const ELEMENT_METHODS = ['getitem', 'setitem', 'delitem', 'missing'];

/** The method that each operator of Python's tree asks for; `r` and `i` before it for the right side and assignments. */
const ARITHMETIC: Readonly<Record<string, string>> = {
  ...{ Add: 'add', Sub: 'sub', Mult: 'mul', MatMult: 'matmul', Div: 'truediv', FloorDiv: 'floordiv' },
  ...{
    Mod: 'mod',
    Pow: 'pow',
    LShift: 'lshift',
    RShift: 'rshift',
    BitOr: 'or',
    BitXor: 'xor',
    BitAnd: 'and',
  },
  ...{ USub: 'neg', UAdd: 'pos', Invert: 'invert' },
};
/** Each may be answered by the other side, or by what `total_ordering` makes of another one. */
const ORDER = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];
const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  ...{ Eq: ORDER, NotEq: ORDER, Lt: ORDER, LtE: ORDER, Gt: ORDER, GtE: ORDER },
  ...{ In: ['contains', ...ORDER], NotIn: ['contains', ...ORDER] },
};

const operandsOf = (node: PyNode, ...fields: readonly string[]): readonly PyNode[] =>
  fields.flatMap((field) => nodeAt(node, field) ?? []);
