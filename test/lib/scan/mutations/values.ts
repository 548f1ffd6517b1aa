import { walk } from '../../../../lib/scan/source-file.js';
import { nodeAt, nodesAt, textAt, type PyNode } from '../../../../lib/scan/tree.js';
import { canMove, expressionsOf } from './expressions.js';
import {
  above,
  edited,
  isStatement,
  linesOf,
  perProgram,
  type Lines,
  type Mutation,
  type Program,
} from './program.js';

/** Lines that keep a value, and the expression that gives it back. */
interface Keeping {
  readonly name: string;
  readonly before: (E: string) => string;
  readonly again: string;
  /** The lines open functions, which don't see the names of a class around them, or would give a class a field more. */
  readonly opens: boolean;
}

const keep = (name: string, before: (E: string) => string, again = 'kept0'): Keeping => ({
  ...{ name, before, again, opens: false },
});

const keepInside = (name: string, before: (E: string) => string, again = 'kept0'): Keeping => ({
  ...{ name, before, again, opens: true },
});

/** The value of an expression is kept in the lines before its statement, and taken from there. */
const KEEPINGS: readonly Keeping[] = [
  keep('a variable', (E) => `kept0 = ${E}`),
  keepInside('an annotated variable', (E) => `kept0: object = ${E}`),
  keep('two variables', (E) => `first0 = kept0 = ${E}`),
  keep('a tuple target', (E) => `kept0, rest0 = ${E}, 0`),
  keep('a list target', (E) => `[rest0, kept0] = [0, ${E}]`),
  keep('a nested target', (E) => `rest0, (kept0, *more0) = 0, (${E}, 1)`),
  keep('a starred target', (E) => `*rest0, kept0 = 0, 1, ${E}`),
  keep('the elements of a starred target', (E) => `rest0, *kept0 = 0, ${E}`, 'kept0[0]'),
  keep('a walrus before', (E) => `(kept0 := ${E})`),
  keep('the target of a loop', (E) => `for kept0 in [${E}]:\n    pass`),
  keep('the target of a loop over pairs', (E) => `for rest0, kept0 in enumerate((${E},)):\n    pass`),
  keep('the target of a loop over a dictionary', (E) => `for kept0 in {"a": ${E}}.values():\n    pass`),
  keep('the target of a loop over items', (E) => `for rest0, kept0 in {"a": ${E}}.items():\n    pass`),
  keep('the target of a loop over a zip', (E) => `for rest0, kept0 in zip([0], [${E}]):\n    pass`),
  keep(
    'the target of a with',
    (E) => `import contextlib\n\nwith contextlib.nullcontext(${E}) as kept0:\n    pass`,
  ),
  keep('a pattern', (E) => `match ${E}:\n    case kept0:\n        pass`),
  keep('a pattern with as', (E) => `match ${E}:\n    case object() as kept0:\n        pass`),
  keep('a pattern of a sequence', (E) => `match (0, ${E}):\n    case [_, kept0]:\n        pass`),
  keep('a pattern of a mapping', (E) => `match {"a": ${E}}:\n    case {"a": kept0}:\n        pass`),
  keep('a try', (E) => `try:\n    kept0 = ${E}\nexcept ValueError:\n    raise`),
  keep('a finally', (E) => `try:\n    pass\nfinally:\n    kept0 = ${E}`),
  keep('a branch', (E) => `if True:\n    kept0 = ${E}\nelse:\n    kept0 = None`),
  keep('an item of a dictionary', (E) => `kept0 = {}\nkept0["a"] = ${E}`, 'kept0["a"]'),
  keep('an updated dictionary', (E) => `kept0 = {}\nkept0.update({"a": ${E}})`, 'kept0["a"]'),
  keep(
    'a default of a dictionary',
    (E) => `kept0 = {}`.concat(`\nkept0.setdefault("a", ${E})`),
    'kept0["a"]',
  ),
  keep('a list that grows', (E) => `kept0 = []\nkept0.append(${E})`, 'kept0[0]'),
  keep('a list that is added to', (E) => `kept0 = []\nkept0 += [${E}]`, 'kept0[0]'),
  keep('a sum of lists', (E) => `kept0 = [] + [${E}]`, 'kept0[0]'),
  keepInside('a closure', (E) => `def give0():\n    return ${E}`, 'give0()'),
  keepInside(
    'a closure in a closure',
    (E) => `def give0():\n    def more0():\n        return ${E}\n\n    return more0`,
    'give0()()',
  ),
  keepInside('a default argument', (E) => `def give0(kept0=${E}):\n    return kept0`, 'give0()'),
  keepInside('a keyword default', (E) => `def give0(*, kept0=${E}):\n    return kept0`, 'give0()'),
  keepInside('an argument', (E) => `def give0(kept0):\n    return kept0\n\n\nkept0 = give0(${E})`),
  keepInside(
    'a keyword argument',
    (E) => `def give0(*, kept0):\n    return kept0\n\n\nkept0 = give0(kept0=${E})`,
  ),
  keepInside(
    'unpacked arguments',
    (E) => `def give0(rest0, kept0):\n    return kept0\n\n\nkept0 = give0(*(0, ${E}))`,
  ),
  keepInside(
    'unpacked keywords',
    (E) => `def give0(kept0):\n    return kept0\n\n\nkept0 = give0(**{"kept0": ${E}})`,
  ),
  keepInside('a generator', (E) => `def give0():\n    yield ${E}`, 'next(give0())'),
  keepInside('a generator that delegates', (E) => `def give0():\n    yield from [${E}]`, 'next(give0())'),
  keepInside(
    'a loop over a generator',
    (E) => `def give0():\n    yield ${E}\n\n\nfor kept0 in give0():\n    pass`,
  ),
  keepInside(
    'a decorator',
    (E) => `def give0(held0):\n    return held0()\n\n\n@give0\ndef kept0():\n    return ${E}`,
  ),
  keepInside(
    'a decorator that replaces',
    (E) => `def give0(held0):\n    return ${E}\n\n\n@give0\ndef kept0():\n    pass`,
  ),
  keepInside('a decorator with a lambda', (E) => `@(lambda held0: held0())\ndef kept0():\n    return ${E}`),
  keepInside(
    'a decorator with an argument',
    (E) => `def give0(kept0):\n    return lambda held0: kept0\n\n\n@give0(${E})\ndef kept0():\n    pass`,
  ),
  keepInside('a lambda with a name', (E) => `give0 = lambda: ${E}`, 'give0()'),
  keepInside(
    'a partial',
    (E) => `import functools\n\nkept0 = functools.partial(lambda kept0: kept0, ${E})`,
    'kept0()',
  ),
  keepInside('a class attribute', (E) => `class Keeper0:\n    kept0 = ${E}`, 'Keeper0.kept0'),
  keepInside('an attribute of an instance', (E) => `class Keeper0:\n    kept0 = ${E}`, 'Keeper0().kept0'),
  keepInside(
    'an inherited attribute',
    (E) => `class Keeper0:\n    kept0 = ${E}\n\n\nclass Heir0(Keeper0):\n    pass`,
    'Heir0.kept0',
  ),
  keepInside(
    'a method',
    (E) => `class Keeper0:\n    def give0(it):\n        return ${E}`,
    'Keeper0().give0()',
  ),
  keepInside(
    'a static method',
    (E) => `class Keeper0:\n    @staticmethod\n    def give0():\n        return ${E}`,
    'Keeper0.give0()',
  ),
  keepInside(
    'a class method',
    (E) =>
      `class Keeper0:\n    kept0 = ${E}\n\n    @classmethod\n    def give0(cls):\n        return cls.kept0`,
    'Keeper0.give0()',
  ),
  keepInside(
    'a property',
    (E) => `class Keeper0:\n    @property\n    def kept0(it):\n        return ${E}`,
    'Keeper0().kept0',
  ),
  keepInside(
    'what a constructor keeps',
    (E) =>
      `class Keeper0:\n    def __init__(it, kept0):\n        it.kept0 = kept0`.concat(
        `\n\n\nkeeper0 = Keeper0(${E})`,
      ),
    'keeper0.kept0',
  ),
  keepInside(
    'an instance that is called',
    (E) => `class Keeper0:\n    def __call__(it):\n        return ${E}`,
    'Keeper0()()',
  ),
  keepInside(
    'an instance that is indexed',
    (E) => `class Keeper0:\n    def __getitem__(it, key):\n        return ${E}`,
    'Keeper0()[0]',
  ),
  keepInside(
    'an instance that is entered',
    (E) =>
      `class Keeper0:\n    def __enter__(it):\n        return ${E}\n\n    def __exit__(it, *error):\n        return None\n\n\nwith Keeper0() as kept0:\n    pass`,
  ),
  keepInside(
    'an instance that is iterated',
    (E) => `class Keeper0:\n    def __iter__(it):\n        yield ${E}\n\n\nfor kept0 in Keeper0():\n    pass`,
  ),
  keepInside(
    'a context of a generator',
    (E) =>
      `import contextlib\n\n\n@contextlib.contextmanager\ndef give0():\n    yield ${E}\n\n\nwith give0() as kept0:\n    pass`,
  ),
  keepInside(
    'a dataclass',
    (E) =>
      `import dataclasses\n\n\n@dataclasses.dataclass\nclass Keeper0:\n    kept0: object\n\n\nkeeper0 = Keeper0(${E})`,
    'keeper0.kept0',
  ),
  keepInside(
    'a named tuple',
    (E) =>
      `import typing\n\n\nclass Keeper0(typing.NamedTuple):\n    kept0: object\n\n\nkeeper0 = Keeper0(${E})`,
    'keeper0.kept0',
  ),
  keepInside(
    'an attribute set from outside',
    (E) => `class Keeper0:\n    pass\n\n\nKeeper0.kept0 = ${E}`,
    'Keeper0.kept0',
  ),
  keepInside(
    'an attribute of a function',
    (E) => `def give0():\n    pass\n\n\ngive0.kept0 = ${E}`,
    'give0.kept0',
  ),
  keepInside('a global', (E) => `def fill0():\n    global kept0\n    kept0 = ${E}\n\n\nfill0()`),
  keepInside(
    'a nonlocal name',
    (E) =>
      `def give0():\n    kept0 = None\n\n    def fill0():\n        nonlocal kept0\n        kept0 = ${E}\n\n    fill0()\n    return kept0`,
    'give0()',
  ),
  keepInside(
    'a list that a function fills',
    (E) => `def fill0(held0):\n    held0.append(${E})\n\n\nkept0 = []\nfill0(kept0)`,
    'kept0[0]',
  ),
];

export const values: readonly Mutation[] = [
  ...KEEPINGS.map(({ name, before, again, opens }) => ({
    name,
    *variants(program: Program) {
      for (const [node, lines] of keepable(program)) {
        if (opens && lines.scope.kind === 'class') continue;
        yield keptBefore(program, node, lines, before(`(${program.sourceOf(node)})`), again);
      }
    },
  })),
  {
    name: 'a class pattern',
    *variants(program: Program) {
      for (const [node, lines] of keepable(program)) {
        const value = node.type === 'Attribute' ? nodeAt(node, 'value') : undefined;
        if (!value) continue;
        const subject = program.sourceOf(value);
        const before = `match ${subject}:\n    case object(${textAt(node, 'attr') ?? ''}=kept0):\n        pass`;
        yield keptBefore(program, node, lines, before, 'kept0');
      }
    },
  },
  {
    name: 'a getattr whose name is kept',
    *variants(program: Program) {
      for (const [node, lines] of keepable(program)) {
        const value = node.type === 'Attribute' ? nodeAt(node, 'value') : undefined;
        if (!value) continue;
        const before = `kept0 = "${textAt(node, 'attr') ?? ''}"`;
        yield keptBefore(program, node, lines, before, `getattr(${program.sourceOf(value)}, kept0)`);
      }
    },
  },
];

/** For files that mean well: nothing but another name for what is used. `torch` has one name only. */
export const variables: Mutation = {
  name: 'a variable',
  *variants(program) {
    for (const [node, lines] of keepable(program)) {
      const plain = node.type === 'Attribute' || node.type === 'Call' || node.type === 'Subscript';
      if (plain && node.role !== 'decorator_list' && node.role !== 'bases' && !isGuarded(node))
        yield keptBefore(program, node, lines, `kept0 = ${program.sourceOf(node)}`, 'kept0');
    }
  },
};

/** Behind `and`, `or` and the like, where it would not always have been asked for. */
const isGuarded = (node: PyNode): boolean =>
  above(node, ({ type }) => type === 'BoolOp' || type === 'IfExp' || type === 'Compare') !== undefined;

const keptBefore = (program: Program, node: PyNode, lines: Lines, before: string, again: string): string => {
  const first = before
    .split('\n')
    .map((line) => (line === '' ? '' : lines.indent + line))
    .join('\n');
  return edited(program.text, [
    { start: lines.start, end: lines.start, text: `${first}\n` },
    { ...program.spanOf(node), text: again },
  ]);
};

/** Expressions that mean the same in the line before their statement. */
const keepable = perProgram((program): readonly (readonly [PyNode, Lines])[] =>
  expressionsOf(program).flatMap((node) => {
    const statement = above(node, isStatement);
    const lines = statement && linesOf(program, statement);
    const together = statement && program.file.scopes.of(node) === program.file.scopes.of(statement);
    const source = program.sourceOf(node);
    const fits =
      lines && together && canMove(program, node) && !isLate(node, statement) && !/^['"\s]*$/.test(source);
    return fits ? [[node, lines] as const] : [];
  }),
);

/** What comes before it in the statement may bind what it reads. */
const isLate = (node: PyNode, statement: PyNode): boolean =>
  statement.type === 'While' ||
  nodesAt(statement, 'items').length > 1 ||
  above(node, ({ type }) => type === 'match_case' || type === 'ExceptHandler') !== undefined ||
  [...walk(statement)].some(({ type }) => type === 'NamedExpr');
