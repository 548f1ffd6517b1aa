import { isMainGuard, walk } from '../../../../lib/scan/source-file.js';
import { nodesAt, stringOf, textAt, type PyNode } from '../../../../lib/scan/tree.js';
import {
  above,
  isInPattern,
  isInText,
  perProgram,
  replaced,
  type Mutation,
  type Program,
} from './program.js';

/** Expressions whose value is used where they stand, and that may be put into parentheses there. */
export const expressionsOf = perProgram((program): readonly PyNode[] =>
  program.nodes.filter(
    (node) =>
      VALUES.has(node.type) &&
      (node.fields['ctx'] ?? 'Load') === 'Load' &&
      !isInPattern(node) &&
      !isPieceOfText(node) &&
      !(node.fields['constant'] === 'name' && textAt(node, 'value') === 'None') &&
      // Grammar, not meaning: what is annotated does not begin with a parenthesis.
      above(node, (held) => held.role === 'target' && held.parent?.type === 'AnnAssign') === undefined &&
      !(
        node.type === 'Tuple' &&
        nodesAt(node, 'elts').some(({ type }) => type === 'Slice' || type === 'Starred')
      ) &&
      !(node.parent?.type === 'Expr' && stringOf(node) !== undefined) &&
      above(node, (held) => held.role === 'type_params' || held.type === 'TypeAlias') === undefined &&
      above(node, (held) => held.role === 'test' && held.parent !== null && isMainGuard(held.parent)) ===
        undefined,
  ),
);

const VALUES = new Set(
  `Name Attribute Call Constant Subscript BinOp BoolOp UnaryOp List Tuple Dict Set Lambda IfExp JoinedStr Compare
  ListComp`.split(/\s+/),
);

/** A part of an f-string between its expressions, or a format. */
const isPieceOfText = (node: PyNode): boolean =>
  node.parent?.type === 'JoinedStr' || node.role === 'format_spec';

/** Another scope cannot hold them, or would give them another meaning. */
const BOUND_TO_PLACE = new Set(['NamedExpr', 'Yield', 'YieldFrom', 'Await', 'Starred']);

/** Whether a function, a lambda or a comprehension around the expression would leave its meaning. */
export const canMove = (program: Program, node: PyNode): boolean => {
  const scope = program.file.scopes.of(node);
  for (const part of walk(node)) {
    if (BOUND_TO_PLACE.has(part.type)) return false;
    const id = part.type === 'Name' ? (textAt(part, 'id') ?? '') : '';
    if (id === 'super' || id === '__class__') return false;
    if (scope.kind === 'class' && scope.bindings.has(id)) return false;
  }
  return node.type !== 'Tuple' || node.parent?.type !== 'Subscript';
};

/** An expression of the same value. @param E the text of the original one, in parentheses */
const inPlace = (
  name: string,
  write: (E: string) => string,
  fits: (node: PyNode, program: Program) => boolean = () => true,
): Mutation => ({
  name,
  *variants(program) {
    for (const node of expressionsOf(program)) {
      if (!canMove(program, node) || !fits(node, program)) continue;
      yield replaced(program, program.spanOf(node), `(${write(`(${program.sourceOf(node)})`)})`);
    }
  },
});

const outsideComprehensions = (node: PyNode, program: Program): boolean =>
  above(node, ({ type }) => type === 'comprehension' || type.endsWith('Comp') || type === 'GeneratorExp') ===
    undefined && program.file.scopes.of(node).kind !== 'class';

const isCalled = ({ role, parent }: PyNode): boolean => role === 'func' && parent?.type === 'Call';

export const expressions: readonly Mutation[] = [
  inPlace('a lambda that is called', (E) => `(lambda: ${E})()`),
  inPlace('a lambda with a default', (E) => `(lambda kept0=${E}: kept0)()`),
  inPlace('a lambda with an argument', (E) => `(lambda kept0: kept0)(${E})`),
  inPlace('a lambda with a keyword', (E) => `(lambda *, kept0: kept0)(kept0=${E})`),
  inPlace('a lambda with many arguments', (E) => `(lambda *kept0: kept0[0])(${E})`),
  inPlace('a lambda with many keywords', (E) => `(lambda **kept0: kept0["a"])(a=${E})`),
  inPlace('a conditional', (E) => `${E} if True else None`),
  inPlace('the other side of a conditional', (E) => `None if False else ${E}`),
  inPlace('an or', (E) => `False or ${E}`),
  inPlace('an and', (E) => `True and ${E}`),
  inPlace('an element of a list', (E) => `[${E}][0]`),
  inPlace('the last element of a tuple', (E) => `(0, ${E})[-1]`),
  inPlace('a value of a dictionary', (E) => `{"a": ${E}}["a"]`),
  inPlace('a value got from a dictionary', (E) => `{"a": ${E}}.get("a")`),
  inPlace('a value of a dictionary of keywords', (E) => `dict(a=${E})["a"]`),
  inPlace('an element of a starred list', (E) => `[*[${E}]][0]`),
  inPlace('an element of nested tuples', (E) => `((0, (${E},)),)[0][1][0]`),
  inPlace('a list comprehension', (E) => `[kept0 for kept0 in [${E}]][0]`),
  inPlace('the body of a comprehension', (E) => `[${E} for kept0 in (0,)][0]`),
  inPlace('a generator expression', (E) => `next(kept0 for kept0 in (${E},))`),
  inPlace('a dictionary comprehension', (E) => `{0: kept0 for kept0 in (${E},)}[0]`),
  inPlace('next and iter', (E) => `next(iter((${E},)))`),
  inPlace('map', (E) => `list(map(lambda kept0: kept0, [${E}]))[0]`),
  inPlace('a walrus', (E) => `kept0 := ${E}`, outsideComprehensions),
  inPlace('a call by its method', (E) => `${E}.__call__`, isCalled),
  {
    name: 'an f-string',
    *variants(program) {
      for (const node of expressionsOf(program))
        if (node.parent?.type === 'Expr' && canMove(program, node) && !isInText(node))
          yield replaced(program, program.spanOf(node), `f"{(${program.sourceOf(node)})}"`);
    },
  },
  {
    name: 'getattr',
    *variants(program) {
      for (const node of expressionsOf(program)) {
        const value = node.type === 'Attribute' ? node.fields['value'] : undefined;
        if (
          !value ||
          typeof value !== 'object' ||
          !('type' in value) ||
          /^__\w+[^_]$/.test(textAt(node, 'attr') ?? '')
        )
          continue;
        const call = `getattr(${program.sourceOf(value)}, "${textAt(node, 'attr') ?? ''}")`;
        yield replaced(program, program.spanOf(node), call);
      }
    },
  },
  {
    name: 'a text that is put together',
    *variants(program) {
      for (const node of expressionsOf(program)) {
        const text = stringOf(node);
        if (text === undefined || text.length < 2 || /["\\\n{}]/.test(text) || isInText(node)) continue;
        const [head, tail] = [text.slice(0, 2), text.slice(2)];
        yield replaced(program, program.spanOf(node), `("${head}" + "${tail}")`);
        yield replaced(program, program.spanOf(node), `f"{'${head.replaceAll("'", '"')}'}${tail}"`);
      }
    },
  },
];
