import { POLICY } from '../../../../lib/scan/policy.js';
import type { PythonParser } from '../../../../lib/scan/scan-source.js';
import type { Scope } from '../../../../lib/scan/scopes.js';
import { openSource, walk, type SourceFile } from '../../../../lib/scan/source-file.js';
import { SUBJECT } from '../../../../lib/scan/flow/reads.js';
import { buildTree, type PyNode } from '../../../../lib/scan/tree.js';

/** A Python text with its tree: what mutations work on. */
export interface Program {
  readonly text: string;
  readonly file: SourceFile;
  /** What stands in the text and may run, parents first. */
  readonly nodes: readonly PyNode[];
  /** Where a node stands in the text, in UTF-16 units; the end is the first unit after it. */
  spanOf(node: PyNode): Span;
  /** The text of a node. */
  sourceOf(node: PyNode): string;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One place of a text that becomes another text. */
export interface Edit extends Span {
  readonly text: string;
}

/** A way to say the same in other words. */
export interface Mutation {
  readonly name: string;
  /** Texts that differ from the program's in one place each, or in all such places. */
  readonly variants: (program: Program) => Iterable<string>;
}

/** @throws Error when the text does not parse */
export const openProgram = (text: string, parser: PythonParser): Program => {
  const parsed = parser.parse(text, POLICY.python);
  if ('error' in parsed) throw new Error(`line ${parsed.line}: ${parsed.error}\n${text}`);
  const file = openSource(buildTree(parsed.rows, parser.layout));
  const lines = text.split('\n');
  const starts: number[] = [];
  lines.reduce((start, line) => {
    starts.push(start);
    return start + line.length + 1;
  }, 0);
  const offset = (line: number, bytes: number): number =>
    (starts[line - 1] ?? 0) +
    Buffer.from(lines[line - 1] ?? '')
      .subarray(0, bytes)
      .toString().length;
  const spanOf = (node: PyNode): Span => ({
    start: offset(node.line, node.column),
    end: offset(node.endLine, node.endColumn),
  });
  return {
    ...{ text, file, spanOf },
    nodes: [...walk(file.tree, file.exempt)].filter(({ role, type }) => role !== 'reads' && type !== SUBJECT),
    sourceOf: (node) => {
      const { start, end } = spanOf(node);
      return text.slice(start, end);
    },
  };
};

/** The text with all edits made; they do not overlap. */
export const edited = (text: string, edits: readonly Edit[]): string => {
  let result = text;
  // What is inserted at the start of a place comes before it.
  for (const { start, end, text: other } of [...edits].sort((a, b) => b.start - a.start || b.end - a.end))
    result = result.slice(0, start) + other + result.slice(end);
  return result;
};

export const replaced = ({ text }: Program, { start, end }: Span, other: string): string =>
  edited(text, [{ start, end, text: other }]);

export const inserted = ({ text }: Program, at: number, other: string): string =>
  edited(text, [{ start: at, end: at, text: other }]);

/** Some node above, or the node itself, that `is` knows. */
export const above = (node: PyNode, is: (node: PyNode) => boolean): PyNode | undefined => {
  for (let held: PyNode | null = node; held; held = held.parent) if (is(held)) return held;
  return undefined;
};

/** Inside an f-string a line cannot end, and text is no token. */
export const isInText = (node: PyNode): boolean =>
  above(node, ({ type, parent }) => type === 'JoinedStr' || parent?.type === 'JoinedStr') !== undefined;

export const isInPattern = (node: PyNode): boolean =>
  above(node, ({ role }) => role === 'pattern' || role === 'patterns') !== undefined;

/** A statement with lines of its own: what stands before it in its line, and where its lines begin and end. */
export interface Lines extends Span {
  readonly node: PyNode;
  readonly indent: string;
  readonly scope: Scope;
}

/** Keeps what was made of a program as long as the program itself is kept. */
export const perProgram = <Made>(make: (program: Program) => Made): ((program: Program) => Made) => {
  const made = new WeakMap<Program, { readonly made: Made }>();
  return (program) => {
    let known = made.get(program);
    if (!known) made.set(program, (known = { made: make(program) }));
    return known.made;
  };
};

/** The file's statements that share their lines with nothing else, but not what a main guard holds. */
export const statementsOf = perProgram((program): readonly Lines[] =>
  program.nodes.flatMap((node) => {
    const lines = isStatement(node) ? linesOf(program, node) : undefined;
    return lines ? [lines] : [];
  }),
);

export const isStatement = ({ role, parent }: PyNode): boolean =>
  (role === 'body' || role === 'orelse' || role === 'finalbody') &&
  parent !== null &&
  parent.type !== 'Lambda' &&
  parent.type !== 'IfExp' &&
  parent.type !== 'Expression';

/** Undefined where something else stands in the same lines. */
export const linesOf = (program: Program, node: PyNode): Lines | undefined => {
  const { text, file } = program;
  const { end } = program.spanOf(node);
  const first = decoratorsOf(node)[0];
  // The place of a decorator is that of its expression.
  const start = first ? text.lastIndexOf('@', program.spanOf(first).start) : program.spanOf(node).start;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const indent = text.slice(lineStart, start);
  const lineEnd = text.indexOf('\n', end) < 0 ? text.length : text.indexOf('\n', end);
  if (indent.trim() !== '' || !/^[ \t]*(#.*)?$/.test(text.slice(end, lineEnd))) return undefined;
  if (text.startsWith('elif', start)) return undefined;
  return { node, start: lineStart, end: lineEnd + 1, indent, scope: file.scopes.of(node) };
};

const decoratorsOf = (node: PyNode): readonly PyNode[] => {
  const held = node.fields['decorator_list'];
  return Array.isArray(held) ? (held as readonly PyNode[]) : [];
};

/** Lines moved to the right; what continues a text of several lines stays as it is. */
export const indented = (program: Program, { start, end }: Span, by = '    '): string => {
  const within = program.nodes
    .filter(({ type, line, endLine }) => (type === 'Constant' || type === 'JoinedStr') && endLine > line)
    .map((node) => program.spanOf(node));
  let position = start;
  const lines = program.text.slice(start, end).replace(/\n$/, '').split('\n');
  return lines
    .map((line) => {
      const at = position;
      position += line.length + 1;
      const continues = within.some((text) => text.start < at && at < text.end);
      return continues || line.trim() === '' ? line : by + line;
    })
    .join('\n')
    .concat('\n');
};
