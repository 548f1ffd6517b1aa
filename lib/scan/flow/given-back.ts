import { anyOf, calledBy, joined, ofPairs, type Calls } from './calls.js';
import type { Binding } from '../scopes.js';
import type { Expressions } from './expressions.js';
import { derived } from '../lists.js';
import type { Tables } from './tables.js';
import { to, type Selector, type Source } from './targets.js';
import { nodeAt, nodesAt, stringOf, textAt, type PyNode } from '../tree.js';

/**
 * What Python's own functions and statements give back of what they are given: exceptions that are caught, what is sent
 * to a generator, one of several things that is chosen. Guesses: a text that comes by this way counts as unknown.
 */
export interface GivenBack {
  of(node: PyNode, parts: readonly Selector[]): readonly Source[];
}

interface Following
  extends
    Expressions,
    Pick<
      Calls,
      'callablesOf' | 'calleesOf' | 'positionalsOf' | 'keywordsOf' | 'valuesOf' | 'wrappedValuesOf'
    > {
  readonly bindingsOf: (name: PyNode) => readonly Binding[];
  readonly firstOf: (name: PyNode) => PyNode;
  readonly origins: (expression: PyNode) => readonly PyNode[];
  /** What all origins of an expression say by themselves. */
  readonly question: <Fact>(
    own: (origin: PyNode) => readonly Fact[],
  ) => (expression: PyNode) => readonly Fact[];
  /** The methods by which objects of the file leave a `with`. */
  readonly exits: { readonly get: (key: 'all') => readonly PyNode[] };
  /** Which of the methods of operators may be asked: see `operator-sites.ts`. */
  readonly askedOperators: (node: PyNode, called?: string) => readonly string[];
  /** What these methods give back where an object of the file's own has them. */
  readonly answersOf: (operand: PyNode, methods: readonly string[]) => readonly Source[];
  /** What the `forward` of autograd functions of the file returns. @param cls an expression that may be one of them */
  readonly forwardedBy: (cls: PyNode, parts: readonly Selector[]) => readonly Source[];
}

/** They give one of their arguments, or an element of one. */
const CHOOSING = words('max min choice mode heappop heapreplace heappushpop reduce');
/** Their elements are those of their arguments, or the arguments. */
const HOLDING = words(
  `sample choices nlargest nsmallest merge tee compress takewhile dropwhile filterfalse accumulate repeat ChainMap
  UserDict UserList OrderedDict Counter ModuleList ParameterList Sequential ModuleDict ParameterDict`,
);
/** Their elements are tuples of elements of their arguments. */
const GROUPING = words(
  'pairwise batched product combinations permutations combinations_with_replacement zip_longest groupby',
);
/** Their elements are elements of their argument's elements. */
const FLATTENING = words('from_iterable sum');
/** Methods that give what they are told to give if they find nothing. */
const DEFAULTING = words('get pop setdefault next');

const GIVING = new Set([
  ...[...CHOOSING, ...HOLDING, ...GROUPING, ...FLATTENING, ...DEFAULTING],
  ...words('abs round reversed divmod pow trunc floor ceil keys items'),
  ...words('dict apply popitem fromkeys defaultdict starmap iter field astuple asdict'),
]);
const BUILTIN = words('max min sum iter abs round pow');
/** They ask objects of the file's own. */
const ASKING = words('abs round reversed divmod pow trunc floor ceil');
const OPERANDS = ['left', 'right', 'operand'];
const NONE: readonly never[] = [];

export const analyseGivenBack = (
  nodes: readonly PyNode[],
  tables: Tables,
  following: Following,
): GivenBack => {
  const { calleesOf, wordOf, callsOf, elementsOf, textsIn } = following;
  const { positionalsOf, keywordsOf, valuesOf, bindingsOf, origins } = following;
  const { raised, carried } = lookThrough(nodes);
  const sends = following.mentions('send');
  const makesClasses = MAKING.some(following.mentions);
  const raisedCalls = tables.table((_: 'all') => raised.flatMap(callsOf));
  const asSet = derived((calls: readonly PyNode[]) => new Set(calls));
  /** Asked for as a whole: what is called under another name is known only when it is asked about. */
  const sent = tables.table((_: 'all') =>
    nodes.flatMap((node) =>
      node.type === 'Call' && calleesOf(node).some((held) => wordOf(held) === 'send')
        ? positionalsOf(node)
        : [],
    ),
  );

  const isCaught = ({ kind, node }: Binding): boolean =>
    node.type === 'ExceptHandler' || (kind === 'parameter' && isExitValue(node));
  /** `v` of `def __exit__(self, t, v, tb)`. */
  const isExitValue = (parameter: PyNode): boolean =>
    parameter.index === 2 && following.exits.get('all').some((fn) => fn === parameter.parent?.parent);
  const ofName = (name: PyNode, parts: readonly Selector[]): readonly Source[] =>
    raised.length > 0 && following.firstOf(name) === name && bindingsOf(name).some(isCaught)
      ? raised.flatMap((held) => to(held, parts))
      : NONE;

  /** The calls that may have made an object with attributes of which nothing else tells. */
  const makersOf = following.question((node) => (node.type === 'Call' && isMaker(node) ? [node] : NONE));
  const isMaker = (call: PyNode): boolean => {
    const isNamed = keywordsOf(call).some(({ name }) => carried.has(name));
    if (isNamed || (raised.length > 0 && asSet(raisedCalls.get('all')).has(call))) return true;
    const callee = makesClasses ? nodeAt(call, 'func') : undefined;
    return callee !== undefined && (isBy(call, 'type') || callsOf(callee).some(makesClass));
  };
  const makesClass = (call: PyNode): boolean => MAKING.some((name) => isBy(call, name));
  const ofAttribute = (attribute: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const attr = textAt(attribute, 'attr') ?? '';
    const base = nodeAt(attribute, 'value');
    const isCarried = raised.length > 0 && CARRIED.has(attr);
    if (!base || !(isCarried || carried.has(attr) || makesClasses)) return NONE;
    return makersOf(base).flatMap((made): readonly Source[] => {
      const callee = nodeAt(made, 'func');
      const isForeign = callee && following.callablesOf(callee).every(({ type }) => type !== 'ClassDef');
      const args = positionalsOf(made);
      const named = (isForeign ? keywordsOf(made) : []).flatMap(({ name, value }) =>
        name === attr ? to(value, parts) : [],
      );
      const fields = makesClasses ? ofMadeClass(made, attr, parts) : [];
      const ofException =
        isCarried && asSet(raisedCalls.get('all')).has(made) ? carriedBy(attr, args, parts) : [];
      return [...named, ...fields, ...ofException];
    });
  };
  /** Objects of a class that a call has made, `namedtuple("P", "a b")(x)`, or such a class itself. */
  const ofMadeClass = (made: PyNode, attr: string, parts: readonly Selector[]): readonly Source[] => {
    const callee = nodeAt(made, 'func');
    const makers = (callee ? origins(callee) : []).filter(({ type }) => type === 'Call');
    const inDisplays = [made, ...makers].flatMap((maker) => {
      const [, , display] = isBy(maker, 'type') ? positionalsOf(maker) : [];
      return to(display, [attr, ...parts]);
    });
    const inOrder = makers.flatMap((maker) => {
      if (!isBy(maker, 'namedtuple') && !isBy(maker, 'make_dataclass')) return [];
      const position = fieldNames(positionalsOf(maker)[1]).findIndex((names) => names.includes(attr));
      return position < 0 ? [] : to(positionalsOf(made)[position], parts);
    });
    return [...inDisplays, ...inOrder];
  };
  /** `"a b"`, `["a", "b"]` and `[("a", int)]`: what each field may be called. */
  const fieldNames = (names: PyNode | undefined): readonly (readonly string[])[] => {
    if (!names) return [];
    const together = textsIn(names).flatMap((text) => text.split(/[\s,]+/).map((name) => [name]));
    return [...together, ...elementsOf(names).map((name) => textsIn(elementsOf(name)[0] ?? name))];
  };
  const isBy = (call: PyNode, name: string): boolean =>
    calleesOf(call).some((callee) => wordOf(callee) === name);
  const carriedBy = (
    attr: string,
    args: readonly PyNode[],
    [part, ...rest]: readonly Selector[],
  ): readonly Source[] => {
    if (attr === 'value') return to(args[0], part === undefined ? [] : [part, ...rest]);
    if (part === undefined) return [];
    if (attr === 'exceptions') return raised.flatMap((held) => to(held, rest));
    return (typeof part === 'number' ? args.slice(part, part + 1) : args).flatMap((held) => to(held, rest));
  };

  const ofCall = (call: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const callee = calledBy(call);
    const wrapped = callee ? following.wrappedValuesOf(callee, parts) : NONE;
    const inOrder = makesClasses && callee && parts.length > 0 ? ofTuple(call, callee, parts) : NONE;
    const known = calleesOf(call).filter((held) => GIVING.has(wordOf(held)));
    if (known.length === 0) return inOrder.length > 0 ? [...wrapped, ...inOrder] : wrapped;
    const args = positionalsOf(call);
    const given = known.flatMap((held) =>
      wordOf(held) === 'field' ? ofDefaults(call, parts) : ofCallee(held, args, parts),
    );
    return [...wrapped, ...inOrder, ...given];
  };
  /** An element of what a call of a `namedtuple` has made. */
  const ofTuple = (call: PyNode, callee: PyNode, [part, ...rest]: readonly Selector[]): readonly Source[] => {
    if (!callsOf(callee).some((maker) => isBy(maker, 'namedtuple'))) return NONE;
    const args = [...positionalsOf(call), ...valuesIn(call)];
    return (typeof part === 'number' ? args.slice(part, part + 1) : args).flatMap((held) => to(held, rest));
  };
  const valuesIn = (call: PyNode): readonly PyNode[] => keywordsOf(call).map(({ value }) => value);
  /** `field(default=x)` and `field(default_factory=f)` of a dataclass. */
  const ofDefaults = (call: PyNode, parts: readonly Selector[]): readonly Source[] =>
    keywordsOf(call).flatMap(({ name, value }) => {
      if (name === 'default_factory') return valuesOf(value, parts);
      return name === 'default' ? to(value, parts) : [];
    });
  /** What objects of the file's own give back when an operator, or a builtin that stands for one, asks them. */
  const answered = (
    methods: readonly string[],
    operands: readonly PyNode[],
    parts: readonly Selector[],
  ): readonly Source[] =>
    operands
      .flatMap((operand) => following.answersOf(operand, methods))
      .flatMap((source) => joined(source, parts));
  const ofCallee = (
    callee: PyNode,
    args: readonly PyNode[],
    parts: readonly Selector[],
  ): readonly Source[] => {
    const name = wordOf(callee);
    const [first, second] = args;
    const rest = parts.slice(1);
    // Those of tensors compute.
    if (BUILTIN.has(name) && callee.type !== 'Name') return NONE;
    if (ASKING.has(name)) return answered(following.askedOperators(callee, name), args, parts);
    const base = callee.type === 'Attribute' ? nodeAt(callee, 'value') : undefined;
    if (name === 'keys' || (name === 'items' && parts[1] !== 1))
      return parts.length > 0 ? to(base, [null, ...parts.slice(name === 'keys' ? 1 : 2)]) : NONE;
    if (CHOOSING.has(name))
      return args.flatMap((held) => [...to(held, parts), ...to(held, [null, ...parts])]);
    if (name === 'apply' && base) return following.forwardedBy(base, parts);
    if (DEFAULTING.has(name) && second) return to(second, parts);
    if (name === 'popitem' && parts[0] !== 0) return to(base, [null, ...rest]);
    if (parts.length === 0) return [];
    if (HOLDING.has(name)) return args.flatMap((held) => [...to(held, anyOf(parts)), ...to(held, rest)]);
    if (GROUPING.has(name))
      return args.flatMap((held, index) => [
        ...ofPairs(parts, index, held),
        ...(rest.length > 0 ? to(held, [null, ...rest.slice(1)]) : []),
      ]);
    if (FLATTENING.has(name)) return args.flatMap((held) => to(held, [null, null, ...rest]));
    if (name === 'astuple' || name === 'asdict')
      return (first ? origins(first) : [])
        .flatMap((made) => (made.type === 'Call' ? [...positionalsOf(made), ...valuesIn(made)] : []))
        .flatMap((held) => to(held, rest));
    // `dict([(key, x)])`.
    if (name === 'dict') return args.flatMap((held) => to(held, [null, 1, ...rest]));
    if (name === 'fromkeys') return to(second, rest);
    const calls = name === 'defaultdict' || name === 'starmap' || (name === 'iter' && second);
    return calls && first ? valuesOf(first, rest) : [];
  };

  const ofOperator = (node: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const methods = following.askedOperators(node);
    if (methods.length === 0) return NONE;
    const operands = OPERANDS.flatMap((field) => nodeAt(node, field) ?? []);
    return answered(methods, operands, parts);
  };

  return {
    of: (node, parts) => {
      switch (node.type) {
        case 'Name':
          return ofName(node, parts);
        case 'Attribute':
          return ofAttribute(node, parts);
        case 'Call':
          return ofCall(node, parts);
        case 'BinOp':
        case 'UnaryOp':
          return ofOperator(node, parts);
        case 'Dict':
          return parts[0] === null ? keysOf(node).flatMap((key) => to(key, parts.slice(1))) : NONE;
        case 'Yield':
          return sends ? sent.get('all').flatMap((held) => to(held, parts)) : NONE;
        default:
          return NONE;
      }
    },
  };
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

/** What a file has of all this; most have little. */
const lookThrough = (nodes: readonly PyNode[]) => {
  const raised: PyNode[] = [];
  /** Names under which more than constants are handed over; those that `**` may unpack are keys of some display. */
  const handed = new Set<string>();
  const attributes = new Set<string>();
  const unpacks = nodes.some((node) => node.type === 'keyword' && textAt(node, 'arg') === undefined);
  for (const node of nodes) {
    if (node.type === 'Attribute') attributes.add(textAt(node, 'attr') ?? '');
    // `getattr(x, "name")`.
    else if (node.type === 'Constant') attributes.add(stringOf(node) ?? '');
    else if (node.type === 'Raise') raised.push(...[nodeAt(node, 'exc')].filter((exc) => exc !== undefined));
    else if (node.type === 'keyword' && nodeAt(node, 'value')?.type !== 'Constant')
      handed.add(textAt(node, 'arg') ?? '');
    else if (node.type === 'Dict' && unpacks)
      for (const key of nodesAt(node, 'keys')) handed.add(stringOf(key) ?? '');
  }
  for (const word of TENSOR_ARGUMENTS) attributes.delete(word);
  return { raised, carried: new Set([...attributes].filter((word) => handed.has(word))) };
};
/** Hundreds of calls of an ordinary file have them, and tensors have them as attributes. */
const TENSOR_ARGUMENTS = ['device', 'dtype'];

/** Constants among them are followed by nobody. */
const keysOf = (display: PyNode): readonly PyNode[] =>
  nodesAt(display, 'keys').filter(({ type }) => type !== 'Constant');

/** They make classes. */
const MAKING = ['namedtuple', 'make_dataclass', 'type'];

/** Where an exception keeps what it was made of. */
const CARRIED = words('args value exceptions');
