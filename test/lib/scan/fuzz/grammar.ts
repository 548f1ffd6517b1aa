import fc from 'fast-check';

/** Python programs that mean nothing: random trees of the grammar, written out. */
export const programs = (): fc.Arbitrary<string> =>
  fc
    .array(statements.block, { minLength: 1, maxLength: 12 })
    .map((blocks) => `${blocks.flat().join('\n')}\n`);

/** Own names, names that rules look for, and letters that Python reads as others. */
/** Deep nests are the bombs' business. */
const SMALL = { maxDepth: 4 };
const NAMES =
  `a b c x y _ self cls f g model optimizer data device torch nn F os sys random time exec eval getattr setattr type
  print range len open vars layers config state param_groups step zero_grad data requires_grad requires_grad_ update
  __name__ __class__ __dict__ __getattr__ __call__ inner_steps ｏｓ 𝐞𝐯𝐚𝐥 naïve 変数`.split(/\s+/);
const MODULES = 'torch torch.nn torch.os math random os sys a.b.c numpy typing functools'.split(' ');

const name = fc.constantFrom(...NAMES);
const text = fc
  .string({ maxLength: 12 })
  .map((held) => JSON.stringify(held.replaceAll(/[{}\\]/g, '')))
  .map((held) => held.replaceAll('\u007f', ''));
const literal = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: 0n, max: 10n ** 60n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((held) => String(held)),
  text,
  fc.constantFrom(
    'None',
    'True',
    '...',
    '0x1f',
    '1_000',
    '1e400',
    '3j',
    "b'ab'",
    "r'\\d'",
    '""',
    "'__globals__'",
  ),
);
const separated = (one: fc.Arbitrary<string>, maxLength = 3): fc.Arbitrary<string> =>
  fc.array(one, { maxLength }).map((items) => items.join(', '));
const operators = fc.constantFrom(
  ...[
    '+',
    '-',
    '*',
    '@',
    '/',
    '//',
    '%',
    '**',
    '<<',
    '|',
    '&',
    '^',
    'and',
    'or',
    '<',
    '==',
    'is',
    'in',
    'not in',
  ],
);

const written = (...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((pieces) => pieces.join(''));

const { expression, target, pattern } = fc.letrec<{
  expression: string;
  target: string;
  pattern: string;
  call: string;
}>((tie) => ({
  expression: fc.oneof(
    SMALL,
    { arbitrary: name, weight: 8 },
    { arbitrary: literal, weight: 4 },
    written('(', tie('expression'), ').', name),
    tie('call'),
    written('(', tie('expression'), ')[', tie('expression'), ']'),
    written(name, '[', tie('expression'), ':', tie('expression'), ']'),
    written('(', tie('expression'), ' ', operators, ' ', tie('expression'), ')'),
    written('(-', tie('expression'), ')'),
    written('(not ', tie('expression'), ')'),
    written('[', separated(tie('expression')), ']'),
    written('(', tie('expression'), ', ', separated(tie('expression')), ')'),
    written('{', tie('expression'), ': ', tie('expression'), ', **', tie('expression'), '}'),
    written('{', tie('expression'), ', *', tie('expression'), '}'),
    written('(lambda ', name, '=', tie('expression'), ', *b1, **c1: ', tie('expression'), ')'),
    written('(', tie('expression'), ' if ', tie('expression'), ' else ', tie('expression'), ')'),
    written(
      '[',
      tie('expression'),
      ' for ',
      tie('target'),
      ' in ',
      tie('expression'),
      ' if ',
      tie('expression'),
      ']',
    ),
    written('{', tie('expression'), ': 1 for ', name, ' in ', tie('expression'), '}'),
    written('(', tie('expression'), ' for ', name, ' in ', tie('expression'), ')'),
    written('(', name, ' := ', tie('expression'), ')'),
    written("f'{(", tie('expression'), ')!r:>{', name, "}} x'"),
  ),
  call: written(
    tie('expression'),
    ...[
      '(',
      tie('expression'),
      ', *',
      tie('expression'),
      ', ',
      name,
      '=',
      tie('expression'),
      ', **',
      name,
      ')',
    ],
  ),
  target: fc.oneof(
    SMALL,
    name,
    written('(', tie('expression'), ').', name),
    written('(', tie('expression'), ')[', tie('expression'), ']'),
    written('(', tie('target'), ', ', tie('target'), ')'),
    written('[', tie('target'), ', *', name, ']'),
  ),
  pattern: fc.oneof(
    SMALL,
    name,
    fc.constantFrom('_', '1', '"a"', 'None', '-1'),
    written(tie('pattern'), ' | ', tie('pattern')),
    written('[', tie('pattern'), ', *', name, ']'),
    written('{"a": ', tie('pattern'), ', **', name, '}'),
    written(name, '(', tie('pattern'), ', ', name, '=', tie('pattern'), ')'),
    written('(', tie('pattern'), ' as ', name, ')'),
  ),
}));

/** A target that is one place. */
const place = fc.oneof(
  name,
  written('(', expression, ').', name),
  written('(', expression, ')[', expression, ']'),
);

const simple = fc.oneof(
  expression,
  written(target, ' = ', expression),
  written(target, ' = ', target, ' = ', expression),
  written(place, ' += ', expression),
  written(name, ': ', expression, ' = ', expression),
  written('del ', place),
  written('global ', name),
  written('import ', fc.constantFrom(...MODULES), ' as ', name),
  written('import ', fc.constantFrom(...MODULES)),
  written('from ', fc.constantFrom(...MODULES), ' import ', name, ' as ', name),
  written('return ', expression),
  written('yield ', expression),
  written('assert ', expression, ', ', expression),
  written('raise ', expression, ' from ', expression),
  written('type ', name, ' = ', expression),
  fc.constantFrom('pass', 'break', 'continue', 'from torch import *', 'from . import a'),
);

/** A head and the lines below it. */
const headed = (head: fc.Arbitrary<string>, block: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> =>
  fc.tuple(head, block).map(([line, lines]) => [line, ...indented(lines)]);

const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

const statements = fc.letrec<{ block: string[]; statement: string[] }>((tie) => ({
  block: fc.array(tie('statement'), { minLength: 1, maxLength: 3 }).map((held) => held.flat()),
  statement: fc.oneof(
    { maxDepth: 4 },
    { arbitrary: simple.map((line) => [line]), weight: 8 },
    headed(written('if ', expression, ':'), tie('block')),
    headed(fc.constant('if __name__ == "__main__":'), tie('block')),
    headed(written('while ', expression, ':'), tie('block')),
    headed(written('for ', target, ' in ', expression, ':'), tie('block')),
    headed(written('with ', expression, ' as ', target, ':'), tie('block')),
    headed(written('def ', name, '(a, /, b=', expression, ', *c, d: ', expression, ', **e):'), tie('block')),
    headed(written('async def ', name, '():'), tie('block')),
    headed(written('class ', name, '[T](', expression, ', metaclass=', expression, '):'), tie('block')),
    headed(written('@', expression, '\ndef ', name, '(self):'), tie('block')).map(unfolded),
    fc
      .tuple(tie('block'), expression, name, tie('block'))
      .map(([body, type, held, other]) => [
        ...['try:', ...indented(body), `except ${type} as ${held}:`, ...indented(other)],
        ...['finally:', '    pass'],
      ]),
    fc
      .tuple(expression, pattern, expression, tie('block'))
      .map(([subject, held, guard, body]) => [
        ...[`match ${subject}:`, `    case ${held} if ${guard}:`],
        ...indented(indented(body)),
      ]),
  ),
}));

/** A head of two lines counts as two. */
function unfolded(lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split('\n'));
}
