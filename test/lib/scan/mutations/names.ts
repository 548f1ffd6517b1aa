import type { Binding, Scope } from '../../../../lib/scan/scopes.js';
import { isMainGuard } from '../../../../lib/scan/source-file.js';
import { textAt, textsAt, type PyNode } from '../../../../lib/scan/tree.js';
import { above, edited, perProgram, type Edit, type Mutation, type Program } from './program.js';

/** Other names, and other letters that Python reads as the same name. */
export const names: readonly Mutation[] = [
  {
    name: 'every own name renamed',
    *variants(program) {
      const edits = ownNames(program).flatMap(([name, scope], index) =>
        renaming(program, name, scope, `n${index}`),
      );
      if (edits.length > 0) yield edited(program.text, edits);
    },
  },
  {
    name: 'one own name renamed',
    *variants(program) {
      for (const [name, scope] of ownNames(program))
        yield edited(program.text, renaming(program, name, scope, `other_${name}`));
    },
  },
];

export const letters: readonly Mutation[] = [
  {
    name: 'full-width letters everywhere',
    *variants(program) {
      yield edited(
        program.text,
        respelled(program, (name) => withLast(name, 0xff41)),
      );
    },
  },
  {
    name: 'mathematical letters everywhere',
    *variants(program) {
      yield edited(
        program.text,
        respelled(program, (name) => withLast(name, 0x1d41a)),
      );
    },
  },
  {
    name: 'ligatures and long letters',
    *variants(program) {
      const edits = respelled(program, (name) =>
        name.replace(/(?<=\w)(fi|fl|ff|st|s)/g, (held) => LIGATURES[held] ?? held),
      );
      if (edits.length > 0) yield edited(program.text, edits);
    },
  },
  {
    name: 'a mathematical letter in one name',
    *variants(program) {
      for (const edit of respelled(program, (name) => withLast(name, 0x1d4ea)))
        yield edited(program.text, [edit]);
    },
  },
];

const LIGATURES: Readonly<Record<string, string>> = { fi: 'ﬁ', fl: 'ﬂ', ff: 'ﬀ', st: 'ﬆ', s: 'ſ' };

/** The last small letter of a name, taken from another alphabet. @param first the letter a of that alphabet */
const withLast = (name: string, first: number): string =>
  name.replace(/[a-z](?=[^a-z]*$)/, (letter) => String.fromCodePoint(first + letter.charCodeAt(0) - 97));

const respelled = (program: Program, spell: (name: string) => string): readonly Edit[] =>
  identifiersOf(program).flatMap(({ start, end, text }) => {
    const other = spell(text);
    return other === text ? [] : [{ start, end, text: other }];
  });

/**
 * What the file itself names, by scope: not the entry, not `torch`, which has one name, not attributes, not
 * what may fall through to a builtin, and not `model` and `optimizer`, which only their names tell.
 */
const ownNames = ({ file }: Program): readonly (readonly [string, Scope])[] =>
  file.scopes.all.flatMap((scope) =>
    scope.kind === 'class'
      ? []
      : [...scope.bindings].flatMap(([name, bindings]) =>
          isOwn(name, bindings) && !isPassedByKeyword(name, file.nodes) ? [[name, scope] as const] : [],
        ),
  );

const KEPT = new Set(['inner_steps', 'torch', 'model', 'optimizer', 'self', 'cls', 'num_gpus']);

/** Names that a binding takes from the builtins, or that mean something to Python. */
const isOwn = (name: string, bindings: readonly Binding[]): boolean =>
  !KEPT.has(name) &&
  !name.startsWith('__') &&
  !BUILTINS.has(name) &&
  bindings.every(({ node, path }) => node.type !== 'alias' || path !== name || !name.includes('.')) &&
  bindings.every(
    ({ node }) =>
      node.type !== 'alias' ||
      !(textAt(node, 'name') ?? '').includes('.') ||
      textAt(node, 'asname') !== undefined,
  );

const BUILTINS = new Set(
  'exec eval compile open input vars dir globals locals setattr delattr getattr memoryview breakpoint print type id'.split(
    ' ',
  ),
);

const isPassedByKeyword = (name: string, nodes: readonly PyNode[]): boolean =>
  nodes.some((node) => node.type === 'keyword' && textAt(node, 'arg') === name);

const renaming = (program: Program, name: string, scope: Scope, other: string): readonly Edit[] => {
  const { file } = program;
  return identifiersOf(program).flatMap(({ start, end, node, kind, text }): readonly Edit[] => {
    if (kind !== 'name' || text.normalize('NFKC') !== name) return [];
    const owner = file.scopes.owner(name, file.scopes.of(node));
    const binds = scope.bindings.get(name)?.some((binding) => binding.node === node);
    if (owner !== scope && !binds) return [];
    const isAlias = node.type === 'alias' && textAt(node, 'asname') === undefined;
    return [{ start, end, text: isAlias ? `${text} as ${other}` : other }];
  });
};

interface Identifier extends Edit {
  readonly node: PyNode;
  /** A name of a scope, or something else: an attribute, a keyword, a module. */
  readonly kind: 'name' | 'other';
}

/** Every place at which an identifier stands in the text. */
export const identifiersOf = perProgram((program): readonly Identifier[] =>
  program.nodes.flatMap((node) => {
    if (above(node, (held) => held.role === 'test' && held.parent !== null && isMainGuard(held.parent)))
      return [];
    if (node.role === 'reads') return [];
    return placesOf(node).flatMap(([find, kind]) => {
      const place = find(program.sourceOf(node));
      const { start } = program.spanOf(node);
      if (!place) return [];
      const [from, text] = place;
      return [{ start: start + from, end: start + from + text.length, text, node, kind }];
    });
  }),
);

type Find = (source: string) => readonly [number, string] | undefined;

const NAME = String.raw`[\p{ID_Start}_][\p{ID_Continue}]*`;

/** The part of a source that a group named `name` takes. */
const matching =
  (pattern: string): Find =>
  (source) => {
    const found = new RegExp(pattern.replaceAll('NAME', `(?<name>${NAME})`), 'du').exec(source);
    const place = found?.indices?.groups?.['name'];
    return place && found.groups?.['name'] !== undefined ? [place[0], found.groups['name']] : undefined;
  };

/** The first identifier that Python reads as a name. @param behind what has to follow it */
const spelling =
  (name: string, behind = ''): Find =>
  (source) => {
    const found = [...source.matchAll(new RegExp(`(?<![\\p{ID_Continue}.])${NAME}${behind}`, 'gu'))].find(
      ([text]) => text.normalize('NFKC') === name,
    );
    return found ? [found.index, found[0]] : undefined;
  };

const FIND: Readonly<Record<string, readonly (readonly [Find, Identifier['kind']])[]>> = {
  Name: [[matching('^NAME$'), 'name']],
  Attribute: [[matching(String.raw`NAME$`), 'other']],
  arg: [[matching('^NAME'), 'name']],
  keyword: [[matching('^NAME'), 'other']],
  FunctionDef: [[matching(String.raw`^def\s+NAME`), 'name']],
  AsyncFunctionDef: [[matching(String.raw`^async\s+def\s+NAME`), 'name']],
  ClassDef: [[matching(String.raw`^class\s+NAME`), 'name']],
  ExceptHandler: [[matching(String.raw`^except\*?[^:\n]*\sas\s+NAME\s*:`), 'name']],
  MatchAs: [[matching(String.raw`^(?:[^]*\sas\s+)?NAME$`), 'name']],
  MatchStar: [[matching(String.raw`^\*\s*NAME$`), 'name']],
  TypeVar: [[matching('^NAME'), 'name']],
};

const placesOf = (node: PyNode): readonly (readonly [Find, Identifier['kind']])[] => {
  if (node.type === 'alias') return aliasPlaces(node);
  if (node.type === 'Global' || node.type === 'Nonlocal')
    return textsAt(node, 'names').map((name) => [spelling(name), 'name'] as const);
  if (node.type === 'MatchClass')
    return textsAt(node, 'kwd_attrs').map((name) => [spelling(name, String.raw`(?=\s*=)`), 'other'] as const);
  if (node.type === 'MatchAs' && textAt(node, 'name') === undefined) return [];
  if (node.type === 'MatchStar' && textAt(node, 'name') === undefined) return [];
  if (node.type === 'keyword' && textAt(node, 'arg') === undefined) return [];
  return FIND[node.type] ?? [];
};

/** `import a.b as c` binds c, `import a` binds a and `from a import b` binds b. */
const aliasPlaces = (node: PyNode): readonly (readonly [Find, Identifier['kind']])[] => {
  if (textAt(node, 'name') === '*') return [];
  return textAt(node, 'asname') === undefined
    ? [[matching('NAME$'), 'name']]
    : [
        [matching('^NAME'), 'other'],
        [matching(String.raw`\sas\s+NAME$`), 'name'],
      ];
};

/** Names that a statement binds in its own scope, for `global` and `nonlocal`. */
export const boundBy = ({ file }: Program, statement: PyNode, scope: Scope): readonly string[] => {
  const inside = (node: PyNode) => above(node, (held) => held === statement) !== undefined;
  return [...scope.bindings].flatMap(([name, bindings]) =>
    bindings.some(({ node }) => inside(node) && file.scopes.of(node).elsewhere.get(name) === undefined)
      ? [name]
      : [],
  );
};
