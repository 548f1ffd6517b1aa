import { entryParameter, type IsOrigin, type SourceFile } from '../source-file.js';
import { textAt, type PyNode } from '../tree.js';

/** Methods by which lists and dicts change. */
export const CHANGING_METHODS = new Set(
  'update setdefault pop popitem clear append extend insert remove reverse sort __setitem__ __delitem__ __ior__ __iadd__'.split(
    ' ',
  ),
);

/** A name that everybody uses for it, or the one that the entry function gives to its parameter. */
export const isNamed = (node: PyNode, name: string, position: number, file: SourceFile): boolean => {
  const id = node.type === 'Name' ? textAt(node, 'id') : undefined;
  if (id === undefined || id === name) return id === name;
  const owner = file.scopes.owner(id, file.scopes.of(node));
  return id === entryParameter(file, position) && owner?.node === file.entry;
};

/** The given model or optimizer itself. */
export const isGiven = (node: PyNode, file: SourceFile): boolean =>
  isNamed(node, 'model', 0, file) || isNamed(node, 'optimizer', 2, file);

/** The given model, what hangs below it, and its parameters and modules in loops. */
export const isOfModel = (expression: PyNode | undefined, file: SourceFile): boolean =>
  file.values.comesFrom(expression, isModel);

const isModel = (node: PyNode, file: SourceFile): boolean => {
  if (isNamed(node, 'model', 0, file)) return true;
  if (node.type === 'Attribute') return MODEL_ATTRIBUTES.has(textAt(node, 'attr') ?? '');
  return (
    node.type === 'Call' &&
    file.values.calleesOf(node).some((callee) => MODEL_PARTS.has(textAt(callee, 'attr') ?? ''))
  );
};

/** `param_groups` hold the model's parameters. */
const MODEL_ATTRIBUTES = new Set(['model', 'param_groups']);

const MODEL_PARTS = new Set([
  'get_submodule',
  'get_parameter',
  'get_input_embeddings',
  'get_output_embeddings',
  'parameters',
  'named_parameters',
  'modules',
  'named_modules',
  'children',
  'named_children',
]);

/** Says where something comes from that does not look like what it may be; nothing where the line shows it. */
export const whence = (
  expression: PyNode | undefined,
  isOrigin: IsOrigin,
  file: SourceFile,
  taken = false,
): string => {
  const origin = expression && file.values.nearest(expression, isOrigin, taken);
  return origin && expression && origin.line !== expression.line
    ? ` It may come from line ${origin.line}.`
    : '';
};
