import type { Functions } from './functions.js';
import type { LineageOf } from './lineage.js';
import type { Binding, Scopes } from './scopes.js';
import { ENTERED, sourcesOfTarget, type Selector, type Source } from './targets.js';
import { isFunction, nodeAt, nodesAt, stringOf, textAt, type PyNode } from './tree.js';

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
  /** Functions and classes of the file that run when an expression is called. */
  readonly callablesOf: (callee: PyNode) => readonly PyNode[];
  /** What a part of a call's value comes from. @param parts the part; none for the whole */
  readonly resultsOf: (call: PyNode, parts: readonly Selector[]) => readonly Source[];
  /** What comes out when an expression is called. */
  readonly valuesOf: (callee: PyNode, parts: readonly Selector[]) => readonly Source[];
  /** What a call that makes an object of the file's own gives to a field that only its class names. */
  readonly fieldOf: (call: PyNode, attr: string, parts: readonly Selector[]) => readonly Source[];
  /** The methods by which objects of a class of the file answer to operators and `await`. */
  readonly operatorsOf: (cls: PyNode) => readonly PyNode[];
}

/** What a name is followed with: see `value-flow.ts`. */
interface Following {
  readonly scopes: Scopes;
  readonly functions: () => Functions;
  /** What all origins of an expression say by themselves. */
  readonly question: <Fact>(
    own: (origin: PyNode) => readonly Fact[],
  ) => (expression: PyNode) => readonly Fact[];
  readonly definitions: (expression: PyNode) => readonly PyNode[];
  readonly lineageOf: LineageOf;
}

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
/** Methods that answer to something else, or give nothing. */
const NO_OPERATORS = new Set(
  '__init__ __new__ __call__ __enter__ __exit__ __iter__ __next__ __getitem__ __setitem__ __repr__ __str__'.split(
    ' ',
  ),
);

export const analyseCalls = ({ scopes, functions, question, definitions, lineageOf }: Following): Calls => {
  const namesOf = question((node) => (node.type === 'Name' || node.type === 'Attribute' ? [node] : []));
  const calleesOf = (call: PyNode): readonly PyNode[] => {
    const callee = calledBy(call);
    if (!callee) return [];
    const names = namesOf(callee);
    return names.length > 0 ? names : [callee];
  };

  const elementsOf = question((node) => nodesAt(node, 'elts'));
  const positionalsOf = (call: PyNode): readonly PyNode[] => {
    const args = nodesAt(call, 'args');
    if (!args.some(isStarred)) return args;
    return args.flatMap((argument) => {
      const unpacked = isStarred(argument) ? nodeAt(argument, 'value') : undefined;
      return unpacked ? elementsOf(unpacked) : [argument];
    });
  };

  const keysOf = question((node) => (node.type === 'Dict' ? nodesAt(node, 'keys') : []));
  const keywordsOf: Calls['keywordsOf'] = (call) =>
    nodesAt(call, 'keywords').flatMap((keyword) => {
      const name = textAt(keyword, 'arg');
      const value = nodeAt(keyword, 'value');
      if (!value) return [];
      return name !== undefined ? [{ name, value }] : keysOf(value).flatMap(entryOf);
    });

  /** The classes of the file that a call makes an object of. */
  const madeBy = (call: PyNode): readonly PyNode[] => {
    const callee = call.type === 'Call' ? calledBy(call) : undefined;
    return callee ? definitions(callee).filter(({ type }) => type === 'ClassDef') : [];
  };

  const methodsOf = (classes: readonly PyNode[], name: string): readonly PyNode[] =>
    classes
      .flatMap(lineageOf)
      .flatMap((cls) => scopes.opened(cls)?.bindings.get(name) ?? [])
      .flatMap(functionsOf);
  const functionsOf = ({ node }: Binding): readonly PyNode[] =>
    isFunction(node) ? [node] : sourcesOfTarget(node).flatMap(definedBy);
  /** `__call__ = lambda self: x`. */
  const definedBy = ({ node, parts }: Source): readonly PyNode[] =>
    parts.length === 0 ? definitions(node) : [];

  /** What runs when an object of a class is asked for, and may give something else. */
  const makersOf = (cls: PyNode): readonly PyNode[] => {
    const metaclasses = nodesAt(cls, 'keywords')
      .flatMap((keyword) => (textAt(keyword, 'arg') === 'metaclass' ? (nodeAt(keyword, 'value') ?? []) : []))
      .flatMap((held) => definitions(held));
    return [...methodsOf([cls], '__new__'), ...methodsOf(metaclasses, '__call__')];
  };

  const callablesOf = question((node): readonly PyNode[] => {
    if (DEFINITIONS.has(node.type)) return [node];
    if (node.type !== 'Call') return [];
    const [first] = positionalsOf(node);
    const isPartial = first && calleesOf(node).some((held) => nameOf(held) === 'partial');
    return isPartial ? definitions(first) : methodsOf(madeBy(node), '__call__');
  });

  const given = (fn: PyNode, parts: readonly Selector[]): readonly Source[] =>
    functions()
      .resultsOf(fn)
      .flatMap((source) => joined(source, parts));

  const valuesOf = (callee: PyNode, parts: readonly Selector[]): readonly Source[] =>
    callablesOf(callee).flatMap((fn) => given(fn, parts));

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
    ];
  };

  /** What a function that the file does not define hands on of its arguments. */
  const handedOn = (call: PyNode, callee: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const name = nameOf(callee);
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
      const fields = [...lineageOf(cls)].reverse().flatMap((held) => fieldsOf(held, scopes));
      const position = fields.indexOf(attr);
      if (position < 0 || methodsOf([cls], '__init__').length > 0) return [];
      const named = keywordsOf(call).find(({ name }) => name === attr);
      return to(named?.value ?? positionalsOf(call)[position], parts);
    });

  return {
    ...{ calleesOf, positionalsOf, keywordsOf, fieldOf },
    callablesOf,
    valuesOf,
    operatorsOf: (cls) =>
      lineageOf(cls)
        .flatMap((held) => [...(scopes.opened(held)?.bindings ?? [])])
        .flatMap(([name, bindings]) => (isOperator(name) ? bindings.flatMap(functionsOf) : [])),
    resultsOf: (call, parts) => {
      const callee = calledBy(call);
      const callables = callee ? callablesOf(callee) : [];
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

/** The names that a class annotates, in their order. */
const fieldsOf = (cls: PyNode, scopes: Scopes): readonly string[] =>
  [...(scopes.opened(cls)?.bindings ?? [])].flatMap(([name, bindings]) =>
    bindings.some(({ node }) => node.parent?.type === 'AnnAssign') ? [name] : [],
  );

const isOperator = (name: string): boolean => /^__\w+__$/.test(name) && !NO_OPERATORS.has(name);

const isStarred = ({ type }: PyNode): boolean => type === 'Starred';

/** What is called: `f`, also for `f.__call__`. */
export const calledBy = (call: PyNode): PyNode | undefined => {
  const callee = nodeAt(call, 'func');
  return callee?.type === 'Attribute' && textAt(callee, 'attr') === '__call__'
    ? nodeAt(callee, 'value')
    : callee;
};

/** The last word of a name or attribute, `''` for anything else. */
export const nameOf = (callee: PyNode): string =>
  textAt(callee, callee.type === 'Attribute' ? 'attr' : 'id') ?? '';

const to = (node: PyNode | undefined, parts: readonly Selector[]): readonly Source[] =>
  node ? [{ node, parts }] : [];

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
const ofPairs = (parts: readonly Selector[], member: number, node: PyNode | undefined): readonly Source[] => {
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
