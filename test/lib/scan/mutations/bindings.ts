import { nodeAt, nodesAt, textAt, type PyNode } from '../../../../lib/scan/tree.js';
import { canMove } from './expressions.js';
import {
  edited,
  isInText,
  replaced,
  statementsOf,
  type Lines,
  type Mutation,
  type Program,
} from './program.js';

/** Another way to bind the same target to the same value. @param T the target @param V the value */
interface Binding {
  readonly name: string;
  readonly write: (T: string, V: string) => string;
  readonly targets?: ReadonlySet<string>;
}

const NAMES = new Set(['Name']);
const SINGLE = new Set(['Name', 'Attribute', 'Subscript']);
const PLACES = new Set(['Attribute', 'Subscript']);

const BINDINGS: readonly Binding[] = [
  { name: 'bound in a tuple', write: (T, V) => `${T}, spare0 = ${V}, 0` },
  { name: 'bound in a list', write: (T, V) => `[spare0, ${T}] = [0, ${V}]` },
  { name: 'bound in a nested tuple', write: (T, V) => `(spare0, (${T},)) = 0, (${V},)` },
  { name: 'bound behind a star', write: (T, V) => `*spare0, ${T} = 0, 1, ${V}` },
  { name: 'bound in a chain', write: (T, V) => `spare0 = ${T} = ${V}` },
  {
    name: 'bound with an annotation',
    // One that begins with a bracket can't be annotated.
    write: (T, V) => (T.startsWith('(') ? `${T} = ${V}` : `${T}: object = ${V}`),
    targets: SINGLE,
  },
  { name: 'bound by a walrus', write: (T, V) => `(${T} := ${V})`, targets: NAMES },
  {
    name: 'bound by a walrus in a test',
    write: (T, V) => `if ((${T} := ${V}), 1):\n    pass`,
    targets: NAMES,
  },
  { name: 'bound by a loop', write: (T, V) => `for ${T} in [${V}]:\n    pass` },
  { name: 'bound by a loop over pairs', write: (T, V) => `for spare0, ${T} in [(0, ${V})]:\n    pass` },
  {
    name: 'bound by a with',
    write: (T, V) => `import contextlib\n\nwith contextlib.nullcontext(${V}) as ${T}:\n    pass`,
  },
  {
    name: 'bound by a with, in a tuple',
    write: (T, V) =>
      `import contextlib\n\nwith contextlib.nullcontext((0, ${V})) as (spare0, ${T}):\n    pass`,
  },
  {
    name: 'bound by a pattern',
    write: (T, V) => `match ${V}:\n    case ${T}:\n        pass`,
    targets: NAMES,
  },
  {
    name: 'bound by a pattern with as',
    write: (T, V) => `match [${V}]:\n    case [object() as ${T}]:\n        pass`,
    targets: NAMES,
  },
  { name: 'bound by a comprehension', write: (T, V) => `[0 for ${T} in [${V}]]`, targets: PLACES },
  {
    name: 'bound by a comprehension, in a tuple',
    write: (T, V) => `[0 for spare0, ${T} in [(0, ${V})]]`,
    targets: PLACES,
  },
  { name: 'bound in a try', write: (T, V) => `try:\n    ${T} = ${V}\nexcept ValueError:\n    raise` },
  { name: 'bound in a finally', write: (T, V) => `try:\n    pass\nfinally:\n    ${T} = ${V}` },
  { name: 'bound in an else', write: (T, V) => `for spare0 in ():\n    pass\nelse:\n    ${T} = ${V}` },
];

export const bindings: readonly Mutation[] = [
  ...BINDINGS.map(({ name, write, targets }) => ({
    name,
    *variants(program: Program) {
      for (const [lines, target, value] of assignments(program)) {
        if (targets && !targets.has(target.type)) continue;
        const scope = program.file.scopes.of(target);
        const isShared = target.type === 'Name' && scope.elsewhere.has(textAt(target, 'id') ?? '');
        if (name.includes('annotation') && isShared) continue;
        // In a class body a comprehension does not see the names of the class.
        if (name.includes('comprehension') && scope.kind === 'class') continue;
        if (name.includes('comprehension') && !canMove(program, value)) continue;
        const source = program.sourceOf(target);
        const text = write(target.type === 'Tuple' ? `(${source})` : source, `(${program.sourceOf(value)})`);
        yield rewritten(program, lines, text);
      }
    },
  })),
  {
    name: 'deleted in a tuple',
    *variants(program: Program) {
      for (const lines of statementsOf(program)) {
        const [target, ...more] = nodesAt(lines.node, 'targets');
        if (lines.node.type === 'Delete' && target && more.length === 0)
          yield replaced(program, program.spanOf(target), `(${program.sourceOf(target)},)`);
      }
    },
  },
  {
    name: 'a lambda for a function',
    *variants(program: Program) {
      for (const lines of statementsOf(program)) {
        const [only, ...more] = nodesAt(lines.node, 'body');
        const value =
          only && (only.type === 'Return' || only.type === 'Expr') ? nodeAt(only, 'value') : undefined;
        if (lines.node.type !== 'FunctionDef' || !value || more.length > 0 || !isPlain(lines.node)) continue;
        const parameters = parametersText(program, lines.node);
        if (
          parameters === undefined ||
          textAt(lines.node, 'name') === 'inner_steps' ||
          !isAlone(program, value)
        )
          continue;
        const written = `${textAt(lines.node, 'name') ?? ''} = lambda ${parameters}: (${program.sourceOf(value)})`;
        yield rewritten(program, lines, written);
      }
    },
  },
  {
    name: 'an import as from-import',
    *variants(program: Program) {
      for (const node of program.nodes) {
        const [alias, ...more] = nodesAt(node, 'names');
        const path = alias && textAt(alias, 'name')?.split('.');
        const asName = alias && textAt(alias, 'asname');
        if (node.type !== 'Import' || !path || path.length < 2 || asName === undefined || more.length > 0)
          continue;
        const text = `from ${path.slice(0, -1).join('.')} import ${path.at(-1) ?? ''} as ${asName}`;
        yield replaced(program, program.spanOf(node), text);
      }
    },
  },
  {
    name: 'an import among others',
    *variants(program: Program) {
      for (const node of program.nodes) {
        if (node.type === 'Import') {
          const names = program.sourceOf(node).replace(/^import\s+/, '');
          yield replaced(program, program.spanOf(node), `import math as spare0, ${names}, re as more0`);
        }
        const isPlainFrom = node.type === 'ImportFrom' && !program.sourceOf(node).includes('(');
        if (isPlainFrom && !program.sourceOf(node).includes('*')) {
          const text = program.sourceOf(node).replace(/\simport\s+(.*)$/s, ' import (\n    $1,\n)');
          yield replaced(program, program.spanOf(node), text);
        }
      }
    },
  },
  {
    name: 'arguments unpacked from a tuple',
    *variants(program: Program) {
      for (const call of program.nodes) {
        const args = call.type === 'Call' ? nodesAt(call, 'args') : [];
        const first = args[0];
        const last = args.at(-1);
        if (
          !first ||
          !last ||
          first.type === 'GeneratorExp' ||
          args.some(({ type }) => type === 'Starred') ||
          isInText(call)
        )
          continue;
        const span = { start: program.spanOf(first).start, end: program.spanOf(last).end };
        // Arguments in brackets of their own end at these.
        const func = nodeAt(call, 'func');
        const before = program.text.slice(func ? program.spanOf(func).end : span.start, span.start);
        const after = program.text.slice(span.end, program.spanOf(call).end);
        if (!/^[\s)]*\(\s*$/.test(before) || !/^\s*,?\s*\)$/.test(after)) continue;
        if (/[^\s]/.test(program.text.slice(span.end).match(/^[^,)]*/)?.[0] ?? '')) continue;
        yield replaced(program, span, `*(${args.map((arg) => `(${program.sourceOf(arg)})`).join(', ')},)`);
      }
    },
  },
  {
    name: 'keywords unpacked from a dictionary',
    *variants(program: Program) {
      for (const node of program.nodes) {
        const value = nodeAt(node, 'value');
        const name = textAt(node, 'arg');
        if (node.type === 'keyword' && name !== undefined && value && node.parent?.type === 'Call')
          yield replaced(program, program.spanOf(node), `**{"${name}": (${program.sourceOf(value)})}`);
      }
    },
  },
];

/** Parameters as a lambda writes them; undefined where annotations would be lost. */
const parametersText = (program: Program, fn: PyNode): string | undefined => {
  const args = nodeAt(fn, 'args');
  const annotated = program.nodes.some(
    (node) => node.type === 'arg' && node.parent === args && nodeAt(node, 'annotation'),
  );
  if (annotated || nodeAt(fn, 'returns') || nodesAt(fn, 'type_params').length > 0) return undefined;
  return /^def\s+\w+\s*\(([^]*?)\)\s*:/.exec(program.sourceOf(fn))?.[1];
};

const isPlain = (fn: PyNode): boolean => nodesAt(fn, 'decorator_list').length === 0;

/** A lambda holds one expression of one line, and no statement. */
const isAlone = (program: Program, value: PyNode): boolean =>
  !program.sourceOf(value).includes('\n') && canMove(program, value);

/** Single assignments with lines of their own. */
const assignments = (program: Program): readonly (readonly [Lines, PyNode, PyNode])[] =>
  statementsOf(program).flatMap((lines) => {
    const [target, ...more] = nodesAt(lines.node, 'targets');
    const value = nodeAt(lines.node, 'value');
    const fits =
      lines.node.type === 'Assign' && target && value && more.length === 0 && target.type !== 'Starred';
    return fits && !program.sourceOf(target).startsWith('*') ? [[lines, target, value] as const] : [];
  });

/** The statement's lines with another text, as deep as they were. */
const rewritten = (program: Program, lines: Lines, text: string): string => {
  const written = text
    .split('\n')
    .map((line) => (line === '' ? '' : lines.indent + line))
    .join('\n');
  return edited(program.text, [{ start: lines.start, end: lines.end, text: `${written}\n` }]);
};
