import { createHash } from 'node:crypto';

import { derived } from './lists.js';
import { isMainGuard, type SourceFile } from './source-file.js';
import type { Binding, Scope } from './scopes.js';
import { createSketcher, hashOfToken } from './sketch.js';
import { nodeAt, positionalOf, textAt, type Field, type PyNode } from './tree.js';

/** What stays of a file when everything is taken away that makes a copy look different. */
export interface NormalisedSource {
  /** sha256, hex. */
  readonly hash: string;
  /** See `sketch.ts`. */
  readonly sketch: string;
}

/**
 * A file's tree without positions, comments, docstrings and other idle constants, `pass`, the body of the main
 * guard, and the names that the file gives to things of its own (variables, parameters, functions, classes, import
 * aliases). Constants and structure stay, and so do names of attributes, methods, modules and builtins.
 */
export const normalise = (file: SourceFile): NormalisedSource => {
  const { emit, digest } = hashing();
  const sketcher = createSketcher();
  const tokens = createTokens();
  const partsTo = partsWriter(tokens, anonymiser(file));
  const stack: (PyNode | Token)[] = [file.tree];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (isToken(item)) {
      emit(item.hashed);
      if (item.sketched !== undefined) sketcher.add(item.sketched);
      continue;
    }
    const { hashed, sketched } = tokens.ofNode(item.type);
    emit(hashed);
    sketcher.add(sketched);
    stack.push(CLOSING);
    // The first part has to lie on top.
    const begin = stack.length;
    partsTo(stack, item);
    reverseFrom(stack, begin);
  }
  return { hash: digest(), sketch: sketcher.finish() };
};

/** A text of the normalised file. */
interface Token {
  /** Length first, so that no text can imitate structure. */
  readonly hashed: string;
  /** The hash by which it counts in the sketch; undefined where it does not. */
  readonly sketched: number | undefined;
}

const isToken = (item: PyNode | Token): item is Token => 'hashed' in item;

interface Tokens {
  of(text: string): Token;
  /** What begins a node. */
  ofNode(type: string): Token & { readonly sketched: number };
  /** `field=value`, without a text that would have to be put together to be looked up. */
  ofField(field: string, value: string): Token;
}

/** A file says the same few things again and again: each token is made once. */
const createTokens = (): Tokens => {
  const texts = new Map<string, Token>();
  const fields = new Map<string, Map<string, Token>>();
  const nodes = new Map<string, Token & { readonly sketched: number }>();
  return {
    ofNode(type) {
      let token = nodes.get(type);
      if (!token)
        nodes.set(type, (token = { hashed: tokenOf(`<${type}`).hashed, sketched: hashOfToken(type) }));
      return token;
    },
    of(text) {
      let token = texts.get(text);
      if (!token) texts.set(text, (token = tokenOf(text)));
      return token;
    },
    ofField(field, value) {
      let values = fields.get(field);
      if (!values) fields.set(field, (values = new Map<string, Token>()));
      let token = values.get(value);
      if (!token) values.set(value, (token = tokenOf(`${field}=${value}`)));
      return token;
    },
  };
};

const tokenOf = (text: string): Token => ({
  hashed: `${text.length}:${text};`,
  sketched: text.includes('=') ? hashOfToken(text.replace(NUMBERED_NAME, '#')) : undefined,
});

/** One more variable moves the numbers of all that follow it, which must not make a sketch another one. */
const NUMBERED_NAME = /#\d+$/;

/** What ends a node. */
const CLOSING = tokenOf('>');

const reverseFrom = <Item>(list: Item[], begin: number): void => {
  for (let low = begin, high = list.length - 1; low < high; low += 1, high -= 1)
    [list[low], list[high]] = [list[high]!, list[low]!];
};

/** Texts that are hashed at once: a call for each costs more than the hash. */
const BATCH = 65_536;

const hashing = () => {
  const hash = createHash('sha256');
  let pending = '';
  return {
    emit: (text: string): void => {
      pending += text;
      if (pending.length < BATCH) return;
      hash.update(pending);
      pending = '';
    },
    digest: (): string => hash.update(pending).digest('hex'),
  };
};

/** Adds to a list what a node says by itself, and its children, in the order of the grammar. */
const partsWriter = (tokens: Tokens, names: Anonymiser) => {
  const addItems = (parts: (PyNode | Token)[], value: Field): void => {
    if (value === null || typeof value === 'string') parts.push(tokens.of(String(value)));
    else if (Array.isArray(value)) for (const item of value as readonly Field[]) addItem(parts, item);
    else addItem(parts, value);
  };
  const addItem = (parts: (PyNode | Token)[], item: Field): void => {
    if (item === null || typeof item === 'string') parts.push(tokens.of(String(item)));
    else if (isIdle(item as PyNode)) return;
    else if (isMainGuard(item as PyNode) && (item as PyNode).parent?.type === 'Module')
      addItems(parts, (item as PyNode).fields['orelse'] ?? []);
    else parts.push(item as PyNode);
  };

  return (parts: (PyNode | Token)[], node: PyNode): void => {
    for (const field in node.fields) {
      if (IGNORED.has(field)) continue;
      const value = node.fields[field] ?? null;
      const renamed = names(node, field);
      if (renamed !== undefined) parts.push(tokens.ofField(field, renamed));
      else if (typeof value === 'string') parts.push(tokens.ofField(field, value));
      else {
        parts.push(tokens.of(field));
        addItems(parts, value);
      }
    }
  };
};

/** `asname` is a name of the file's own, `type_comment` is a comment. */
const IGNORED = new Set(['asname', 'type_comment', 'type_ignores']);

const isIdle = (node: PyNode): boolean =>
  node.type === 'Pass' || (node.type === 'Expr' && nodeAt(node, 'value')?.type === 'Constant');

type Anonymiser = (node: PyNode, field: string) => string | undefined;

/** Numbers each own name in the order in which the tree mentions it. */
const anonymiser = (file: SourceFile): Anonymiser => {
  const numbers = new Map<Scope, Map<string, number>>();
  let next = 0;
  const numberOf = (name: string, scope: Scope): string | undefined => {
    // Names of a class are attributes, which others can see; the entry's name is the contract.
    if (scope.kind === 'class' || (scope.kind === 'module' && name === 'inner_steps')) return undefined;
    const known = numbers.get(scope) ?? new Map<string, number>();
    numbers.set(scope, known);
    const number = known.get(name) ?? (next += 1);
    known.set(name, number);
    return `#${number}`;
  };
  const anonymous = (name: string, from: Scope): string | undefined => {
    const owner = file.scopes.owner(name, from);
    return owner && numberOf(name, owner);
  };

  const parametersOf = derived(parametersByName);
  const keywordNumber = (keyword: PyNode, name: string): string | undefined => {
    const callee = keyword.parent?.type === 'Call' ? nodeAt(keyword.parent, 'func') : undefined;
    const parameter = callee?.type === 'Name' && parametersOf(file.bindingsOf(callee)).get(name);
    return parameter ? anonymous(name, file.scopes.of(parameter)) : undefined;
  };

  return (node, field) => {
    if (field === 'names' && (node.type === 'Global' || node.type === 'Nonlocal')) return '';
    const isKeyword = node.type === 'keyword' && field === 'arg';
    // Most fields hold no name, which is soon seen.
    if (!isKeyword && NAME_FIELDS[node.type] !== field) return undefined;
    const text = textAt(node, field);
    if (text === undefined) return undefined;
    return isKeyword ? keywordNumber(node, text) : anonymous(text, file.scopes.of(node));
  };
};

/** Where nodes keep a name that they bind or read. */
const NAME_FIELDS: Readonly<Record<string, string>> = {
  ...{ Name: 'id', arg: 'arg', FunctionDef: 'name', AsyncFunctionDef: 'name', ClassDef: 'name' },
  ...{ ExceptHandler: 'name', MatchAs: 'name', MatchStar: 'name', MatchMapping: 'rest' },
  ...{ TypeVar: 'name', ParamSpec: 'name', TypeVarTuple: 'name' },
};

/** The parameters of what a name is bound to, by their names: `f(x=1)` means one where `f` is a function of the file. */
const parametersByName = (bindings: readonly Binding[]): ReadonlyMap<string, PyNode> => {
  const found = new Map<string, PyNode>();
  for (const { node, kind } of bindings) {
    if (kind !== 'def' || node.type === 'ClassDef') continue;
    for (const parameter of [...positionalOf(node), ...keywordOnly(node)]) {
      const name = textAt(parameter, 'arg') ?? '';
      if (!found.has(name)) found.set(name, parameter);
    }
  }
  return found;
};

const keywordOnly = (owner: PyNode): readonly PyNode[] => {
  const value = nodeAt(owner, 'args')?.fields['kwonlyargs'];
  return Array.isArray(value) ? (value as readonly PyNode[]) : [];
};
