import { isFunction, nodeAt, stringOf, type PyNode } from '../../../../lib/scan/tree.js';
import { expressionsOf } from './expressions.js';
import {
  edited,
  inserted,
  isInPattern,
  isInText,
  replaced,
  statementsOf,
  type Mutation,
  type Program,
} from './program.js';

/** What changes the look and nothing else: honest files are written so, too. */
export const formatting: readonly Mutation[] = [
  {
    name: 'comments',
    *variants(program) {
      const notes = statementsOf(program).map(({ start, indent }) => ({
        ...{ start, end: start },
        text: `${indent}# import os; eval("1")\n`,
      }));
      yield edited(program.text, notes);
    },
  },
  {
    name: 'blank lines',
    *variants(program) {
      yield edited(
        program.text,
        statementsOf(program).map(({ start }) => ({ start, end: start, text: '\n   \n\f\n' })),
      );
    },
  },
  { name: 'semicolons', variants: joinedLines },
  {
    name: 'a semicolon at the end',
    *variants(program) {
      for (const { node } of statementsOf(program))
        if (SIMPLE.has(node.type)) yield inserted(program, program.spanOf(node).end, ' ;');
    },
  },
  {
    name: 'parentheses',
    *variants(program) {
      for (const node of expressionsOf(program))
        yield replaced(program, program.spanOf(node), `((${program.sourceOf(node)}))`);
    },
  },
  {
    name: 'parentheses around a target',
    *variants(program) {
      for (const node of program.nodes) {
        const isTarget = TARGETS.has(node.type) && node.fields['ctx'] !== 'Load' && node.role === 'targets';
        if (isTarget) yield replaced(program, program.spanOf(node), `(${program.sourceOf(node)})`);
      }
    },
  },
  { name: 'a line that goes on', variants: continuedLines },
  {
    name: 'a text in two pieces',
    *variants(program) {
      for (const [node, quote] of plainTexts(program)) {
        const text = stringOf(node) ?? '';
        const middle = Math.ceil(text.length / 2);
        const pieces = [text.slice(0, middle), text.slice(middle)].map((piece) => quote + piece + quote);
        yield replaced(program, program.spanOf(node), pieces.join(' '));
      }
    },
  },
  {
    name: 'a text in other quotes',
    *variants(program) {
      for (const [node] of plainTexts(program))
        yield replaced(program, program.spanOf(node), `r'''${stringOf(node) ?? ''}'''`);
    },
  },
];

const SIMPLE = new Set([
  'Assign',
  'AugAssign',
  'AnnAssign',
  'Expr',
  'Import',
  'ImportFrom',
  'Pass',
  'Return',
]);
const TARGETS = new Set(['Name', 'Attribute', 'Subscript']);

/** Two neighbours in one line. */
function* joinedLines(program: Program): Iterable<string> {
  const statements = statementsOf(program);
  for (const first of statements) {
    const next = statements.find(({ node, start }) => {
      const same = node.parent === first.node.parent && node.role === first.node.role;
      return same && start >= first.end;
    });
    if (!next || !SIMPLE.has(first.node.type) || !SIMPLE.has(next.node.type)) continue;
    const between = { start: program.spanOf(first.node).end, end: program.spanOf(next.node).start };
    if (/^\s*$/.test(program.text.slice(between.start, between.end))) yield replaced(program, between, '; ');
  }
}

/** A backslash at the end of the line, before the dot of an attribute or behind the `=` of an assignment. */
function* continuedLines(program: Program): Iterable<string> {
  for (const node of program.nodes) {
    if (isInText(node) || isInPattern(node)) continue;
    const value = nodeAt(node, 'value');
    if (!value) continue;
    const { start, end } = program.spanOf(value);
    if (node.type === 'Attribute' && program.text[end] === '.') yield inserted(program, end, ' \\\n    ');
    if (node.type === 'Assign' && program.text[start - 1] === ' ') yield inserted(program, start, '\\\n    ');
  }
}

/** Texts that stand in the source as they are, between single quotes or double ones. */
const plainTexts = (program: Program): readonly (readonly [PyNode, string])[] =>
  program.nodes.flatMap((node) => {
    const text = stringOf(node);
    if (text === undefined || isInText(node) || /['"\\]/.test(text) || isDocumentation(node)) return [];
    const source = program.sourceOf(node);
    return [`'`, `"`]
      .filter((quote) => source === quote + text + quote)
      .map((quote) => [node, quote] as const);
  });

const isDocumentation = ({ parent }: PyNode): boolean =>
  parent?.type === 'Expr' &&
  (parent.parent?.type === 'Module' || (parent.parent !== null && isFunction(parent.parent)));
