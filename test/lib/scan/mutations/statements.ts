import { isMainGuard, walk } from '../../../../lib/scan/source-file.js';
import { isFunction, nodesAt, textAt, type PyNode } from '../../../../lib/scan/tree.js';
import { boundBy } from './names.js';
import {
  edited,
  indented,
  linesOf,
  statementsOf,
  type Lines,
  type Mutation,
  type Program,
} from './program.js';

/** Something around one statement. @param S its lines, indented once */
interface Frame {
  readonly name: string;
  readonly write: (S: string) => string;
}

const FRAMES: readonly Frame[] = [
  { name: 'in a branch', write: (S) => `if True:\n${S}` },
  { name: 'in an else', write: (S) => `if False:\n    pass\nelse:\n${S}` },
  { name: 'in a try', write: (S) => `try:\n${S}except ValueError:\n    raise\n` },
  { name: 'in an except', write: (S) => `try:\n    raise ValueError\nexcept ValueError:\n${S}` },
  { name: 'in a finally', write: (S) => `try:\n    pass\nfinally:\n${S}` },
  { name: 'in the else of a try', write: (S) => `try:\n    pass\nexcept ValueError:\n    pass\nelse:\n${S}` },
  { name: 'in a loop', write: (S) => `for spare0 in (0,):\n${S}` },
  { name: 'in the else of a loop', write: (S) => `for spare0 in ():\n    pass\nelse:\n${S}` },
  { name: 'in a while', write: (S) => `while True:\n${S}    break\n` },
  { name: 'in a with', write: (S) => `import contextlib\n\nwith contextlib.nullcontext():\n${S}` },
  { name: 'in a match', write: (S) => `match 0:\n    case _:\n${S.replace(/^(?=.)/gm, '    ')}` },
];

export const statements: readonly Mutation[] = [
  ...FRAMES.map(({ name, write }) => ({
    name,
    *variants(program: Program) {
      for (const lines of framable(program)) {
        if (name.includes('match') && program.text.slice(lines.start, lines.end).includes('"""')) continue;
        yield framed(program, lines, write);
      }
    },
  })),
  {
    name: 'in a function that is called',
    *variants(program) {
      for (const lines of framable(program)) {
        const shared = sharing(program, lines);
        if (shared !== undefined && !leaves(lines.node))
          yield framed(program, lines, (S) => `def run0():\n${shared}${S}\n\nrun0()\n`);
      }
    },
  },
  {
    name: 'in a method that is called',
    *variants(program) {
      for (const lines of framable(program)) {
        const shared = sharing(program, lines);
        if (shared === undefined || leaves(lines.node)) continue;
        const inner = (S: string) =>
          `class Runner0:\n    def run0(it):\n${deeper(shared + S)}\n\nRunner0().run0()\n`;
        if (!hasLongText(program)) yield framed(program, lines, inner);
      }
    },
  },
  {
    name: 'in a class body',
    *variants(program) {
      for (const lines of framable(program)) {
        const shared = lines.scope.kind === 'module' ? sharing(program, lines) : undefined;
        if (shared !== undefined && !leaves(lines.node))
          yield framed(program, lines, (S) => `class Runner0:\n${shared}${S}`);
      }
    },
  },
];

/** The whole file, but for what has to stand at its top level. */
export const moved: readonly Mutation[] = [
  {
    name: 'everything in a function',
    variants: (program) => enclosed(program, (S) => `def run0():\n${S}\n\nrun0()\n`),
  },
  {
    name: 'everything in a function of a function',
    variants: (program) =>
      hasLongText(program)
        ? []
        : enclosed(
            program,
            (S) => `def run0():\n    def inner0():\n${deeper(S)}\n    inner0()\n\n\nrun0()\n`,
          ),
  },
  {
    name: 'everything in a static method',
    variants: (program) =>
      hasLongText(program)
        ? []
        : enclosed(
            program,
            (S) => `class Runner0:\n    @staticmethod\n    def run0():\n${deeper(S)}\n\nRunner0.run0()\n`,
          ),
  },
];

const deeper = (lines: string): string => lines.replace(/^(?=.)/gm, '    ');

const hasLongText = (program: Program): boolean => /"""|'''/.test(program.text);

const framed = (program: Program, lines: Lines, write: (S: string) => string): string => {
  const outer = write(indented(program, lines).replaceAll(new RegExp(`^${lines.indent}`, 'gm'), ''));
  const text = outer.replace(/^(?=.)/gm, lines.indent);
  return edited(program.text, [{ start: lines.start, end: lines.end, text }]);
};

/** Statements around which a block changes nothing. */
const framable = (program: Program): readonly Lines[] =>
  statementsOf(program).filter(
    ({ node }) =>
      !isMainGuard(node) &&
      textAt(node, 'module') !== '__future__' &&
      !(isFunction(node) && textAt(node, 'name') === 'inner_steps') &&
      !['Global', 'Nonlocal'].includes(node.type) &&
      ![...walk(node)].some(({ type }) => type === 'Break' || type === 'Continue') &&
      !/"""|'''/.test(program.sourceOf(node)),
  );

/** What cannot be done from within another function. */
const leaves = (node: PyNode): boolean =>
  [...walk(node)].some(({ type }) => LEAVING.has(type)) || node.type === 'Global';

const LEAVING = new Set([
  'Return',
  'Yield',
  'YieldFrom',
  'Await',
  'Global',
  'Nonlocal',
  'AsyncFor',
  'AsyncWith',
]);

/** The declaration that lets a function bind the names of a statement; undefined where there is none. */
const sharing = (program: Program, { node, scope }: Lines): string | undefined => {
  if (
    [...walk(node)].some(
      ({ type, fields }) => type === 'AnnAssign' || (type === 'alias' && fields['name'] === '*'),
    )
  )
    return undefined;
  const names = boundBy(program, node, scope);
  if (
    [...walk(node)].some(
      (held) =>
        held.type === 'Name' &&
        held.fields['ctx'] === 'Store' &&
        scope.elsewhere.has(textAt(held, 'id') ?? ''),
    )
  )
    return undefined;
  if (scope.kind === 'class') return undefined;
  if (names.length === 0) return '';
  if (scope.kind === 'module') return `    global ${names.join(', ')}\n`;
  const others = names.every((name) =>
    scope.bindings
      .get(name)
      ?.some(
        (binding) =>
          program.file.scopes.of(binding.node) === scope && ![...walk(node)].includes(binding.node),
      ),
  );
  return others ? `    nonlocal ${names.join(', ')}\n` : undefined;
};

function* enclosed(program: Program, write: (S: string) => string): Iterable<string> {
  const { file, nodes, text } = program;
  const top = nodesAt(file.tree, 'body');
  if (nodes.some(({ type, fields }) => type === 'Global' || fields['name'] === '*')) return;
  const stays = (node: PyNode) =>
    isMainGuard(node) ||
    textAt(node, 'module') === '__future__' ||
    (isFunction(node) && textAt(node, 'name') === 'inner_steps');
  const entry = top.find((node) => isFunction(node) && textAt(node, 'name') === 'inner_steps');
  const lines = top.map((node) => linesOf(program, node));
  if (lines.includes(undefined)) return;
  const own = new Set(file.scopes.module.bindings.keys());
  const isUsed =
    entry && [...walk(entry)].some((node) => node.type === 'Name' && own.has(textAt(node, 'id') ?? ''));
  const isRebound = (file.scopes.module.bindings.get('inner_steps')?.length ?? 0) > 1;
  if (isUsed || isRebound || [...own].some((name) => BUILTINS.has(name) || name.startsWith('__'))) return;
  const moving = top.filter((node) => !stays(node));
  if (moving.length === 0 || moving.some((node) => node.type === 'FunctionDef' && entry === node)) return;
  const inner = moving.map((node) => indented(program, linesOf(program, node)!)).join('');
  const head = top.filter((node) => textAt(node, 'module') === '__future__');
  const rest = top.filter((node) => stays(node) && !head.includes(node));
  const source = (node: PyNode) => {
    const held = linesOf(program, node)!;
    return text.slice(held.start, held.end);
  };
  yield [...head.map(source), write(inner), '\n\n', ...rest.map(source)].join('');
}

const BUILTINS = new Set(
  'exec eval compile open input vars dir globals locals setattr delattr getattr memoryview breakpoint'.split(
    ' ',
  ),
);
