import type { SourceFile } from '../source-file.js';
import { TEXTS } from '../flow/strings.js';
import { nodeAt, nodesAt, textAt, type PyNode } from '../tree.js';

/** Whether a call reaches one of these builtins, under whatever name. */
export const isCallOf = (call: PyNode | undefined, names: readonly string[], file: SourceFile): boolean =>
  call?.type === 'Call' &&
  file.values
    .calleesOf(call)
    .some(
      (callee) =>
        callee.type === 'Name' && names.includes(textAt(callee, 'id') ?? '') && file.isBuiltin(callee),
    );

/** Whether a list of the policy has a path, by itself or as `*.name`. */
export const isListed = (path: string, list: ReadonlySet<string>): boolean =>
  list.has(path) || (path.includes('.') && list.has(`*${path.slice(path.lastIndexOf('.'))}`));

/** The object whose class an expression asks for: x of `type(x)` and `x.__class__`. */
export const objectOfClass = (node: PyNode, file: SourceFile): PyNode | undefined => {
  if (node.type === 'Attribute')
    return textAt(node, 'attr') === '__class__' ? nodeAt(node, 'value') : undefined;
  const [first, ...more] = isCallOf(node, ['type'], file) ? file.values.positionalsOf(node) : [];
  return more.length === 0 ? first : undefined;
};

/** Texts that an expression may be, or that are parts of it; it may be other things besides. */
export const textsOf = (expression: PyNode | undefined, file: SourceFile): readonly string[] => {
  const texts = new Set<string>();
  const pending = expression ? [expression] : [];
  for (const piece of pending) {
    for (const held of file.values.origins(piece)) {
      // What others take their text from are origins, too.
      if (!TEXTS.has(held.type)) continue;
      const known = file.values.stringsOf(held);
      known?.forEach((text) => texts.add(text));
      if (!known && pending.length <= MAX_PIECES) pending.push(...held.children);
    }
  }
  return [...texts];
};

/** Of a sum of texts. */
const MAX_PIECES = 500;

/**
 * Looks at values that are given under a name: `f(name=value)`, and `{"name": value}`, which may be unpacked.
 *
 * @param refuses the constant as Python writes it: `True`
 */
export const namedArguments = (
  name: string,
  refuses: string,
  file: SourceFile,
  found: (node: PyNode) => void,
) => {
  const isRefused = (value: PyNode | undefined): boolean =>
    value !== undefined &&
    file.values
      .origins(value)
      .some((held) => held.fields['constant'] === 'name' && textAt(held, 'value') === refuses);
  return {
    keyword: (node: PyNode) => {
      if (textAt(node, 'arg') === name && isRefused(nodeAt(node, 'value'))) found(node);
    },
    Dict: (node: PyNode) => {
      const keys = node.fields['keys'] as readonly (PyNode | null)[];
      const values = nodesAt(node, 'values');
      const isGiven = keys.some(
        (key, index) => key !== null && isRefused(values[index]) && textsOf(key, file).includes(name),
      );
      if (isGiven) found(node);
    },
  };
};
