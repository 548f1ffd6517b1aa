import type { Expressions } from './expressions.js';
import type { FlowGraph } from './flow-graph.js';
import type { Functions } from './functions.js';
import { derived } from '../lists.js';
import type { Methods } from './methods.js';
import { ENTERED, to, type Selector, type Source } from './targets.js';
import { nodeAt, nodesAt, stringOf, textAt, type PyNode } from '../tree.js';

/** What a call may reach, and what it gives back. */
export interface Calls {
  /**
   * The names and attributes by which something is called: `f` also for `g` after `g = f`, so that a builtin
   * or a method is known under any name.
   */
  readonly calleesOf: (call: PyNode) => readonly PyNode[];
  /** The arguments by position; those of an unpacked tuple or list, too, as far as the text shows them. */
  readonly positionalsOf: (call: PyNode) => readonly PyNode[];
  /** The arguments by name; those of an unpacked dictionary, too, as far as the text shows them. */
  readonly keywordsOf: (call: PyNode) => readonly { readonly name: string; readonly value: PyNode }[];
  /**
   * Functions and classes of the file that run when an expression is called. `torch.compile(f)` and `cache(f)` are
   * f, as far as one can see.
   */
  readonly callablesOf: (callee: PyNode) => readonly PyNode[];
  /** What a part of a call's value comes from. @param parts the part; none for the whole */
  readonly resultsOf: (call: PyNode, parts: readonly Selector[]) => readonly Source[];
  /** What comes out when an expression is called. */
  readonly valuesOf: (callee: PyNode, parts: readonly Selector[]) => readonly Source[];
  /** The same of functions that a foreign one has wrapped: it may have changed what they give. */
  readonly wrappedValuesOf: (callee: PyNode, parts: readonly Selector[]) => readonly Source[];
  /** What a call that makes an object of the file's own gives to a field that only its class names. */
  readonly fieldOf: (call: PyNode, attr: string, parts: readonly Selector[]) => readonly Source[];
}

/** What a name is followed with: see `value-flow.ts`. */
interface Following {
  readonly expressions: Expressions;
  readonly methods: Methods;
  readonly functions: () => Functions;
  /** What all origins of an expression say by themselves. */
  readonly question: <Fact>(
    own: (origin: PyNode) => readonly Fact[],
  ) => (expression: PyNode) => readonly Fact[];
  /** The same, but for the words by which something is mentioned. */
  readonly questionOfVariables: Following['question'];
  /** The function or class of the file that an expression is by itself. */
  readonly definedBy: (origin: PyNode) => readonly PyNode[];
  readonly definitions: (expression: PyNode) => readonly PyNode[];
  readonly spend: FlowGraph['spend'];
}

/** A function that a call may run. */
interface Callable {
  readonly fn: PyNode;
  /** Inside of what a foreign function has made of it. */
  readonly isWrapped: boolean;
}

const NONE: readonly never[] = [];
/** What may be a function that is handed over; displays and literals are not. */
export const FUNCTION_LIKE = new Set(
  'Name Attribute Lambda Subscript Call IfExp BoolOp NamedExpr'.split(' '),
);
export const DEFINITIONS = new Set(['FunctionDef', 'AsyncFunctionDef', 'Lambda', 'ClassDef']);
/** Functions whose result holds the elements that they are given. */
const COLLECTING = new Set(
  'list tuple set frozenset iter reversed sorted dict deque islice cycle chain'.split(' '),
);
const ELEMENT_METHODS = new Set(['get', 'pop', 'popleft', 'setdefault', '__getitem__']);
/** `nullcontext(x)` as a context is x. */
const HANDING_ON = new Set('nullcontext closing aclosing staticmethod classmethod cast'.split(' '));
/** `stack.enter_context(x)` is what x is as a context. */
const ENTERING = new Set(['enter_context', 'enter_async_context']);
/** How objects answer when one of their elements is asked for. */
const ELEMENT_PROTOCOL = ['__getitem__', '__next__', '__missing__'];

export const analyseCalls = ({
  expressions,
  methods,
  functions,
  question,
  questionOfVariables,
  definedBy,
  definitions,
  spend,
}: Following): Calls => {
  const { methodsOf, makersOf } = methods;
  const { namesOf, wordOf, elementsOf } = expressions;
  const calleesOf = (call: PyNode): readonly PyNode[] => {
    const callee = calledBy(call);
    if (!callee) return [];
    const names = namesOf(callee);
    return names.length > 0 ? names : [callee];
  };

  const positionalsOf = (call: PyNode): readonly PyNode[] => {
    const args = nodesAt(call, 'args');
    if (!args.some(isStarred)) return args;
    return args.flatMap((argument) => {
      const unpacked = isStarred(argument) ? nodeAt(argument, 'value') : undefined;
      if (!unpacked) return [argument];
      const elements = elementsOf(unpacked);
      return spend(call, elements.length) ? [] : elements;
    });
  };

  const keysOf = question((node) => (node.type === 'Dict' ? nodesAt(node, 'keys') : []));
  const keywordsOf: Calls['keywordsOf'] = (call) =>
    nodesAt(call, 'keywords').flatMap((keyword) => {
      const name = textAt(keyword, 'arg');
      const value = nodeAt(keyword, 'value');
      if (!value) return [];
      if (name !== undefined) return [{ name, value }];
      const keys = keysOf(value);
      return spend(call, keys.length) ? [] : keys.flatMap(entryOf);
    });

  /** The classes of the file that a call makes an object of. */
  const madeBy = (call: PyNode): readonly PyNode[] => {
    const callee = call.type === 'Call' ? calledBy(call) : undefined;
    return callee ? definitions(callee).filter(({ type }) => type === 'ClassDef') : [];
  };

  const ownCallables = (node: PyNode): readonly PyNode[] => {
    const defined = definedBy(node);
    if (node.type !== 'Call' || defined.length > 0) return defined;
    const [first] = positionalsOf(node);
    const isPartial = first && calleesOf(node).some((held) => wordOf(held) === 'partial');
    if (isPartial) return definitions(first);
    // A module of torch calls its `forward`.
    const classes = madeBy(node);
    return classes.length > 0 ? ['__call__', 'forward'].flatMap((name) => methodsOf(classes, name)) : [];
  };
  const plain = derived((fn: PyNode): Callable => ({ fn, isWrapped: false }));
  const wrapped = derived((fn: PyNode): Callable => ({ fn, isWrapped: true }));
  /** One question for both: most expressions are no function, which is seen at once. */
  const callables = questionOfVariables((node): readonly Callable[] => {
    const own = ownCallables(node);
    const inside = node.type === 'Call' ? wrappedBy(node) : NONE;
    if (own.length === 0 && inside.length === 0) return NONE;
    return [...own.map(plain), ...inside.map(wrapped)];
  });
  const functionsIn = (expression: PyNode, isWanted: (held: Callable) => boolean): readonly PyNode[] => {
    const found = callables(expression);
    return found.length === 0 ? NONE : found.filter(isWanted).map(({ fn }) => fn);
  };
  const exactCallablesOf = (expression: PyNode) => functionsIn(expression, ({ isWrapped }) => !isWrapped);
  const wrappedIn = (expression: PyNode) => functionsIn(expression, ({ isWrapped }) => isWrapped);
  const callablesOf = (expression: PyNode): readonly PyNode[] => {
    const found = callables(expression);
    return found.length === 0 ? NONE : [...new Set(found.map(({ fn }) => fn))];
  };
  const wrappedBy = (call: PyNode): readonly PyNode[] => {
    const args = nodesAt(call, 'args');
    if (args.length === 0 || !calleesOf(call).some(isForeign)) return NONE;
    const found = positionalsOf(call).flatMap((argument) =>
      FUNCTION_LIKE.has(argument.type) ? callablesOf(argument) : NONE,
    );
    return found.length > 0 ? found : NONE;
  };
  /** Also what a decorator may have put in the place of a function, and what a property gives. */
  const isForeign = (callee: PyNode): boolean =>
    exactCallablesOf(callee).every((fn) => nodesAt(fn, 'decorator_list').length > 0);

  const given = (fn: PyNode, parts: readonly Selector[]): readonly Source[] =>
    functions()
      .resultsOf(fn)
      .flatMap((source) => joined(source, parts));

  const valuesOf = (callee: PyNode, parts: readonly Selector[]): readonly Source[] =>
    exactCallablesOf(callee).flatMap((fn) => given(fn, parts));

  /** Named tuples are made of their fields in order. */
  const elementOf = (call: PyNode, cls: PyNode, [part, ...rest]: readonly Selector[]): readonly Source[] =>
    methods.fieldsOf(cls).flatMap((field, position) => {
      const isMeant = part === null || part === position;
      return isMeant ? fieldOf(call, textAt(field, 'id') ?? '', rest) : [];
    });

  /** Elements of an object of the file's own, and what it is as a context. */
  const partsOfOwn = (call: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const classes = parts.length > 0 ? madeBy(call) : [];
    if (classes.length === 0) return [];
    if (parts[0] === ENTERED)
      return methodsOf(classes, '__enter__').flatMap((fn) => given(fn, parts.slice(1)));
    return [
      ...ELEMENT_PROTOCOL.flatMap((name) => methodsOf(classes, name)).flatMap((fn) =>
        given(fn, parts.slice(1)),
      ),
      ...methodsOf(classes, '__iter__').flatMap((fn) => given(fn, parts)),
      ...classes.flatMap((cls) => elementOf(call, cls, parts)),
    ];
  };

  /** What a function that the file does not define hands on of its arguments. */
  const handedOn = (call: PyNode, callee: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const name = wordOf(callee);
    const args = positionalsOf(call);
    const entered = parts[0] === ENTERED ? parts.slice(1) : parts;
    if (HANDING_ON.has(name)) return to(args.at(name === 'cast' ? 1 : 0), entered);
    if (ENTERING.has(name)) return [...to(args[0], parts), ...to(args[0], [ENTERED, ...parts])];
    if (name === 'next' || name === '__next__')
      return to(args[0] ?? nodeAt(callee, 'value'), [null, ...parts]);
    if (callee.type === 'Attribute') {
      const base = nodeAt(callee, 'value');
      if (ELEMENT_METHODS.has(name)) return to(base, [keyOf(args[0]), ...parts]);
      if (parts.length > 0 && (name === 'values' || name === 'copy')) return to(base, anyOf(parts));
      if (name === 'items') return ofPairs(parts, 1, base);
    }
    if (name === 'enumerate') return ofPairs(parts, 1, args[0]);
    if (name === 'zip') return args.flatMap((argument, index) => ofPairs(parts, index, argument));
    if (parts.length === 0) return [];
    if (name === 'map') return args[0] ? valuesOf(args[0], parts.slice(1)) : [];
    // A fresh container with the same elements; in another order perhaps.
    if (COLLECTING.has(name))
      return [...args.flatMap((argument) => to(argument, anyOf(parts))), ...ofKeywords(call, parts)];
    return name === 'filter' ? to(args[1], anyOf(parts)) : [];
  };

  /** Dataclasses and named tuples take their fields in order. */
  const fieldOf = (call: PyNode, attr: string, parts: readonly Selector[]): readonly Source[] =>
    madeBy(call).flatMap((cls) => {
      const position = methods.positionOfField(cls, attr);
      if (position === undefined) return [];
      const named = keywordsOf(call).find(({ name }) => name === attr);
      return to(named?.value ?? positionalsOf(call)[position], parts);
    });

  return {
    ...{ calleesOf, positionalsOf, keywordsOf, fieldOf },
    ...{ callablesOf, valuesOf },
    wrappedValuesOf: (callee, parts) => {
      const inside = wrappedIn(callee);
      return inside.length === 0 ? NONE : inside.flatMap((fn) => given(fn, parts));
    },
    resultsOf: (call, parts) => {
      const callee = calledBy(call);
      const callables = callee ? exactCallablesOf(callee) : [];
      const own = callables.flatMap((held) =>
        (held.type === 'ClassDef' ? makersOf(held) : [held]).flatMap((fn) => given(fn, parts)),
      );
      const foreign = calleesOf(call).flatMap((held) => handedOn(call, held, parts));
      return [...own, ...partsOfOwn(call, parts), ...foreign];
    },
  };
};

/** The entry of a dict display that a key begins. */
const entryOf = (key: PyNode): readonly { readonly name: string; readonly value: PyNode }[] => {
  const name = stringOf(key);
  const value = key.parent ? nodesAt(key.parent, 'values')[key.index] : undefined;
  return name !== undefined && value ? [{ name, value }] : [];
};

const isStarred = ({ type }: PyNode): boolean => type === 'Starred';

/** What is called: `f`, also for `f.__call__`. */
export const calledBy = (call: PyNode): PyNode | undefined => {
  const callee = nodeAt(call, 'func');
  return callee?.type === 'Attribute' && textAt(callee, 'attr') === '__call__'
    ? nodeAt(callee, 'value')
    : callee;
};

/** The same part wherever it lies: for containers whose order is another one. */
export const anyOf = (parts: readonly Selector[]): readonly Selector[] => [
  typeof parts[0] === 'number' ? null : (parts[0] ?? null),
  ...parts.slice(1),
];

const keyOf = (key: PyNode | undefined): Selector =>
  key?.type === 'Constant' && key.fields['constant'] === 'str' ? (textAt(key, 'value') ?? null) : null;

/** What a function returns is the value; what it yields, an element of it. The generator itself stands nowhere. */
export const joined = ({ node, parts }: Source, wanted: readonly Selector[]): readonly Source[] => {
  if (parts[0] !== null) return [{ node, parts: [...parts, ...wanted] }];
  return wanted.length > 0 ? [{ node, parts: [...parts.slice(1), ...wanted.slice(1)] }] : [];
};

/** Elements of pairs: of `enumerate` and `items` the second, of `zip` each its own. */
export const ofPairs = (
  parts: readonly Selector[],
  member: number,
  node: PyNode | undefined,
): readonly Source[] => {
  const [, chosen, ...rest] = parts;
  return chosen === member || chosen === null ? to(node, [null, ...rest]) : [];
};

/** `dict(a=x)["a"]`. */
const ofKeywords = (call: PyNode, [part, ...rest]: readonly Selector[]): readonly Source[] =>
  nodesAt(call, 'keywords')
    .filter((keyword) => typeof part !== 'string' || [part, undefined].includes(textAt(keyword, 'arg')))
    .flatMap((keyword) =>
      to(nodeAt(keyword, 'value'), textAt(keyword, 'arg') === undefined ? [part ?? null, ...rest] : rest),
    );
