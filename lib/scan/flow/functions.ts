import { classAround, type CallSite } from './call-sites.js';
import type { Expressions } from './expressions.js';
import { pushTo } from '../lists.js';
import type { Methods } from './methods.js';
import type { Scopes } from '../scopes.js';
import { to, type Selector, type Source } from './targets.js';
import { nodeAt, positionalOf, positionOf, textAt, type PyNode } from '../tree.js';

/** What the file's own functions and objects are given, and what they give back. */
export interface Functions {
  /** What is returned (yielded: any element of the result). */
  resultsOf(fn: PyNode): readonly Source[];
  /** What callers pass for a parameter. */
  argumentsOf(parameter: PyNode, parts: readonly Selector[]): readonly Source[];
  /** What is given to a field that a class only names, wherever an object of it is made. */
  fieldOf(cls: PyNode, attr: string, parts: readonly Selector[]): readonly Source[];
}

export const analyseFunctions = (
  nodes: readonly PyNode[],
  scopes: Scopes,
  sitesOf: (target: PyNode) => readonly CallSite[],
  {
    fieldsOf,
    methodsOf,
    positionOfField,
    wordsOf,
    mentions,
  }: Pick<Methods, 'fieldsOf' | 'methodsOf' | 'positionOfField'> & Pick<Expressions, 'wordsOf' | 'mentions'>,
): Functions => {
  const results = new Map<PyNode, Source[]>();
  for (const node of nodes) {
    const value = RESULTS.has(node.type) ? nodeAt(node, 'value') : undefined;
    if (!value) continue;
    const parts: Selector[] = node.type === 'Yield' ? [null] : [];
    pushTo(results, scopes.of(node).node, { node: value, parts });
  }

  const fieldOf: Functions['fieldOf'] = (cls, attr, parts) => {
    const position = positionOfField(cls, attr);
    if (position === undefined) return [];
    return sitesOf(cls).flatMap((site) => argumentFor({ name: attr, position }, site, parts));
  };

  const hasInitVars = mentions('InitVar');
  /** `held: InitVar[object]`. */
  const isInitVar = (field: PyNode): boolean => {
    const annotation = field.parent ? nodeAt(field.parent, 'annotation') : undefined;
    const generic = annotation?.type === 'Subscript' ? nodeAt(annotation, 'value') : undefined;
    return [annotation, generic].some((held) => held && wordsOf(held).includes('InitVar'));
  };
  /** Fields that are not kept, but handed to `__post_init__` in their order. */
  const initialised = (fn: PyNode, parameter: PyNode, parts: readonly Selector[]): readonly Source[] => {
    const around = hasInitVars ? classAround(fn, scopes) : undefined;
    const cls = around && methodsOf([around], '__post_init__').includes(fn) ? around : undefined;
    const field = cls && fieldsOf(cls).filter(isInitVar)[(positionOf(parameter) ?? 0) - 1];
    return field ? fieldOf(cls, textAt(field, 'id') ?? '', parts) : [];
  };

  return {
    fieldOf,
    resultsOf: (fn) => {
      if (fn.type === 'Lambda') return to(nodeAt(fn, 'body'), []);
      return results.get(fn) ?? [];
    },
    argumentsOf: (parameter, parts) => {
      const fn = parameter.parent?.parent;
      if (!fn) return [];
      const passed = sitesOf(fn).flatMap((site) => passedFor(fn, parameter, site, parts));
      return [...passed, ...initialised(fn, parameter, parts)];
    },
  };
};

const RESULTS = new Set(['Return', 'Yield', 'YieldFrom']);

const passedFor = (
  fn: PyNode,
  parameter: PyNode,
  site: CallSite,
  parts: readonly Selector[],
): readonly Source[] => {
  const { given, keywords, elements, filled } = site;
  if (parameter.role === 'vararg') {
    const rest = given.slice(Math.max(positionalOf(fn).length - filled, 0));
    const [part, ...left] = parts;
    if (part === undefined) return [];
    return (typeof part === 'number' ? rest.slice(part, part + 1) : rest).flatMap((node) =>
      to(node, [...anyElements(elements), ...left]),
    );
  }
  if (parameter.role === 'kwarg') {
    const [part, ...left] = parts;
    return keywords.flatMap((keyword) => {
      const name = textAt(keyword, 'arg');
      if (name === undefined) return to(nodeAt(keyword, 'value'), [part ?? null, ...left]);
      return typeof part !== 'string' || name === part ? to(nodeAt(keyword, 'value'), left) : [];
    });
  }
  const position = (positionOf(parameter) ?? -1) - filled;
  return argumentFor({ name: textAt(parameter, 'arg'), position }, site, parts);
};

/** What a call gives for a name or, from 0 on, a position. */
const argumentFor = (
  { name, position }: { readonly name: string | undefined; readonly position: number },
  { given, keywords, elements, mixed }: CallSite,
  parts: readonly Selector[],
): readonly Source[] => {
  // A method's name may be that of a hundred others, and each call of any a site of all.
  const found: Source[] = [];
  const add = (node: PyNode | undefined, parts: readonly Selector[]): void => {
    if (node) found.push({ node, parts });
  };
  for (const keyword of keywords) if (textAt(keyword, 'arg') === name) add(nodeAt(keyword, 'value'), parts);
  for (const keyword of keywords)
    if (textAt(keyword, 'arg') === undefined) add(nodeAt(keyword, 'value'), [name ?? null, ...parts]);
  if (position < 0) return found;
  const inner = elements > 0 ? [...anyElements(elements), ...parts] : parts;
  if (mixed) {
    for (const node of given) add(node, inner);
    return found;
  }
  const starred = given.findIndex(({ type }) => type === 'Starred');
  if (starred >= 0 && starred <= position) add(nodeAt(given[starred]!, 'value'), [null, ...inner]);
  else add(given[position], inner);
  return found;
};

const anyElements = (depth: number): readonly Selector[] => new Array<null>(depth).fill(null);
