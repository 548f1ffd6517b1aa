import { createHash } from 'node:crypto';

import { isMainGuard, type SourceFile } from './source-file.js';
import type { Scope } from './scopes.js';
import { createSketcher } from './sketch.js';
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
  const names = anonymiser(file);
  const stack: (PyNode | string)[] = [file.tree];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (typeof item === 'string') {
      emit(item);
      if (item.includes('=')) sketcher.add(item.replace(NUMBERED_NAME, '#'));
      continue;
    }
    emit(`<${item.type}`);
    sketcher.add(item.type);
    const parts = partsOf(item, names);
    stack.push('>');
    for (let index = parts.length - 1; index >= 0; index -= 1) stack.push(parts[index]!);
  }
  return { hash: digest(), sketch: sketcher.finish() };
};

/** One more variable moves the numbers of all that follow it, which must not make a sketch another one. */
const NUMBERED_NAME = /#\d+$/;

/** Texts that are hashed at once: a call for each costs more than the hash. */
const BATCH = 65_536;

const hashing = () => {
  const hash = createHash('sha256');
  let pending = '';
  return {
    /** Length first, so that no text can imitate structure. */
    emit: (text: string): void => {
      pending += `${text.length}:${text};`;
      if (pending.length < BATCH) return;
      hash.update(pending);
      pending = '';
    },
    digest: (): string => hash.update(pending).digest('hex'),
  };
};

const partsOf = (node: PyNode, names: Anonymiser): (PyNode | string)[] => {
  const parts: (PyNode | string)[] = [];
  for (const field in node.fields) {
    const value = node.fields[field] ?? null;
    if (IGNORED.has(field)) continue;
    const renamed = names(node, field);
    if (renamed !== undefined) parts.push(`${field}=${renamed}`);
    else if (typeof value === 'string') parts.push(`${field}=${value}`);
    else parts.push(field, ...itemsOf(value));
  }
  return parts;
};

/** `asname` is a name of the file's own, `type_comment` is a comment. */
const IGNORED = new Set(['asname', 'type_comment', 'type_ignores']);

const itemsOf = (value: Field): (PyNode | string)[] => {
  if (value === null || typeof value === 'string') return [String(value)];
  const items = (Array.isArray(value) ? value : [value]) as readonly (PyNode | string | null)[];
  return items.flatMap((item) => {
    if (item === null || typeof item === 'string') return [String(item)];
    if (isIdle(item)) return [];
    return isMainGuard(item) && item.parent?.type === 'Module'
      ? itemsOf(item.fields['orelse'] ?? [])
      : [item];
  });
};

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

  return (node, field) => {
    if (field === 'names' && (node.type === 'Global' || node.type === 'Nonlocal')) return '';
    const isKeyword = node.type === 'keyword' && field === 'arg';
    // Most fields hold no name, which is soon seen.
    if (!isKeyword && NAME_FIELDS[node.type] !== field) return undefined;
    const text = textAt(node, field);
    if (text === undefined) return undefined;
    return isKeyword ? keywordNumber(node, text, file, anonymous) : anonymous(text, file.scopes.of(node));
  };
};

/** Where nodes keep a name that they bind or read. */
const NAME_FIELDS: Readonly<Record<string, string>> = {
  ...{ Name: 'id', arg: 'arg', FunctionDef: 'name', AsyncFunctionDef: 'name', ClassDef: 'name' },
  ...{ ExceptHandler: 'name', MatchAs: 'name', MatchStar: 'name', MatchMapping: 'rest' },
  ...{ TypeVar: 'name', ParamSpec: 'name', TypeVarTuple: 'name' },
};

/** `f(x=1)` names a parameter; that is an own name where `f` is a function of the file. */
const keywordNumber = (
  keyword: PyNode,
  name: string,
  file: SourceFile,
  anonymous: (name: string, from: Scope) => string | undefined,
): string | undefined => {
  const callee = keyword.parent?.type === 'Call' ? nodeAt(keyword.parent, 'func') : undefined;
  if (callee?.type !== 'Name') return undefined;
  for (const { node, kind } of file.bindingsOf(callee)) {
    if (kind !== 'def' || node.type === 'ClassDef') continue;
    const parameter = [...positionalOf(node), ...keywordOnly(node)].find(
      (arg) => textAt(arg, 'arg') === name,
    );
    if (parameter) return anonymous(name, file.scopes.of(parameter));
  }
  return undefined;
};

const keywordOnly = (owner: PyNode): readonly PyNode[] => {
  const value = nodeAt(owner, 'args')?.fields['kwonlyargs'];
  return Array.isArray(value) ? (value as readonly PyNode[]) : [];
};
