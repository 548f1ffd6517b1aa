import type { Expressions } from './expressions.js';
import type { LineageOf } from './lineage.js';
import type { Binding, Scopes } from '../scopes.js';
import type { Tables } from './tables.js';
import { derived } from '../lists.js';
import { createNotes } from '../notes.js';
import { sourcesOfTarget, type Source } from './targets.js';
import { isFunction, nodeAt, nodesAt, textAt, type PyNode } from '../tree.js';

/** What runs when classes of the file, or objects of them, are used. */
export interface Methods {
  /** The functions to which classes, or those they inherit from, bind a name. */
  readonly methodsOf: (classes: readonly PyNode[], name: string) => readonly PyNode[];
  /** What gets the arguments with which a class is called. */
  readonly initialisersOf: (cls: PyNode) => readonly PyNode[];
  /** What runs when an object of a class is asked for, and may give something else. */
  readonly makersOf: (cls: PyNode) => readonly PyNode[];
  /** What an assignment to an attribute of an object runs. */
  readonly settersOf: (classes: readonly PyNode[], attr: string) => readonly PyNode[];
  /** The methods by which objects of a class answer to operators and `await`. */
  readonly operatorsOf: (cls: PyNode) => readonly PyNode[];
  /** The names that a class and those it inherits from annotate: dataclasses and named tuples take them in order. */
  readonly fieldsOf: (cls: PyNode) => readonly PyNode[];
  /** At which position objects are made with a field, from 0; undefined where the class takes none of this name. */
  readonly positionOfField: (cls: PyNode, name: string) => number | undefined;
  /** The attributes that a pattern of the class takes by position; several where one can't tell. */
  readonly matchedNames: (cls: PyNode) => readonly (readonly string[])[];
}

interface Following {
  readonly scopes: Scopes;
  readonly tables: Tables;
  readonly definitions: (expression: PyNode) => readonly PyNode[];
  readonly definitionsAt: (source: Source) => readonly PyNode[];
  readonly elementsAt: (source: Source) => readonly PyNode[];
  readonly expressions: Expressions;
  readonly lineageOf: LineageOf;
  /** See `FlowGraph.spend`. */
  readonly spend: (node: PyNode, work: number) => boolean;
}

/** Methods that answer to something else, or give nothing. */
const NO_OPERATORS = new Set(
  '__init__ __new__ __call__ __enter__ __exit__ __iter__ __next__ __getitem__ __setitem__ __repr__ __str__'.split(
    ' ',
  ),
);

export const analyseMethods = (following: Following): Methods => {
  const { scopes, tables, definitions, lineageOf, spend } = following;
  const { wordsOf, textsIn } = following.expressions;
  /** A method, or `__call__ = lambda self: x`. */
  const functionsOf = ({ node }: Binding): readonly PyNode[] =>
    isFunction(node) ? [node] : sourcesOfTarget(node).flatMap(following.definitionsAt);
  const boundIn = (cls: PyNode, name: string): readonly Binding[] =>
    scopes.opened(cls)?.bindings.get(name) ?? [];

  const lineagesOf = (classes: readonly PyNode[]): readonly PyNode[] =>
    classes.flatMap((cls) => {
      const lineage = lineageOf(cls);
      return spend(cls, lineage.length) ? [] : lineage;
    });
  /** The same, unless there is too much of it. */
  const counted = (found: readonly PyNode[]): readonly PyNode[] =>
    found.length > 1 && spend(found[0]!, found.length) ? [] : found;
  const methodsOf = (classes: readonly PyNode[], name: string): readonly PyNode[] =>
    classes.length === 0
      ? classes
      : counted(
          lineagesOf(classes)
            .flatMap((cls) => boundIn(cls, name))
            .flatMap(functionsOf),
        );

  /** A method of the class's own hides those of the same name that it inherits. */
  const nearest = (cls: PyNode, name: string): readonly PyNode[] => {
    const own = boundIn(cls, name);
    return own.length > 0 ? own.flatMap(functionsOf) : methodsOf([cls], name);
  };

  const metaclassesOf = (cls: PyNode): readonly PyNode[] =>
    nodesAt(cls, 'keywords')
      .flatMap((keyword) => (textAt(keyword, 'arg') === 'metaclass' ? (nodeAt(keyword, 'value') ?? []) : []))
      .flatMap((held) => definitions(held));
  const makersOf = (cls: PyNode): readonly PyNode[] => [
    ...methodsOf([cls], '__new__'),
    ...methodsOf(metaclassesOf(cls), '__call__'),
  ];

  const annotatedIn = (cls: PyNode): readonly PyNode[] =>
    [...(scopes.opened(cls)?.bindings.values() ?? [])]
      .flatMap((bindings) => bindings.find(({ node }) => node.parent?.type === 'AnnAssign')?.node ?? [])
      .sort((a, b) => a.line - b.line || a.column - b.column);
  const fields = tables.table(
    (cls: PyNode) => [...lineagesOf([cls])].reverse().flatMap(annotatedIn),
    createNotes,
  );

  const positions = derived((annotated: readonly PyNode[]) => {
    const byName = new Map<string, number>();
    for (const [position, field] of annotated.entries()) {
      const name = textAt(field, 'id') ?? '';
      if (!byName.has(name)) byName.set(name, position);
    }
    return byName;
  });

  const matchedNames = (cls: PyNode): readonly (readonly string[])[] => {
    const named = boundIn(cls, '__match_args__')
      .flatMap(({ node }) => sourcesOfTarget(node))
      .flatMap(following.elementsAt);
    return named.length > 0
      ? named.map(textsIn)
      : fields.get(cls).map((field) => [textAt(field, 'id') ?? '']);
  };

  /** `@held.setter`. */
  const isSetter = (fn: PyNode): boolean =>
    nodesAt(fn, 'decorator_list').some((decorator) => wordsOf(decorator).includes('setter'));

  return {
    ...{ methodsOf, makersOf, fieldsOf: fields.get, matchedNames },
    positionOfField: (cls, name) => {
      const position = positions(fields.get(cls)).get(name);
      // An initialiser of the class's own takes what it likes.
      return position !== undefined && methodsOf([cls], '__init__').length === 0 ? position : undefined;
    },
    initialisersOf: (cls) => [...nearest(cls, '__init__'), ...makersOf(cls)],
    settersOf: (classes, attr) => methodsOf(classes, attr).filter(isSetter),
    operatorsOf: (cls) =>
      counted(
        lineagesOf([cls])
          .flatMap((held) => [...(scopes.opened(held)?.bindings ?? [])])
          .flatMap(([name, bindings]) => (isOperator(name) ? bindings.flatMap(functionsOf) : [])),
      ),
  };
};

const isOperator = (name: string): boolean => /^__\w+__$/.test(name) && !NO_OPERATORS.has(name);
