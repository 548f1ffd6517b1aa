import { derived } from './lists.js';
import type { Binding } from './scopes.js';
import { nodeAt, textAt, type PyNode } from './tree.js';
import type { ValueFlow } from './flow/value-flow.js';

/** Which imported things an expression may stand for. */
export interface Paths {
  /**
   * Dotted paths of imported things that an expression may stand for: `torch.nn.functional.relu` for
   * `F.relu`. Follows values as far as `values` does, and `getattr` with a name that the text shows.
   */
  pathsOf(expression: PyNode): readonly string[];
}

/** Attributes of a path, or of a chain in the text. Nothing that people import lies deeper. */
const MAX_SEGMENTS = 16;
/** Of a path that grows in a circle (`x = x.parent`) the middle is left out. */
const KEPT_SEGMENTS = 7;

export const analysePaths = (
  values: ValueFlow,
  bindingsOf: (name: PyNode) => readonly Binding[],
  onBound: (node: PyNode) => void,
): Paths => {
  /** A file may import the same thing a thousand times. */
  const importedPaths = derived((bindings: readonly Binding[]): readonly string[] => [
    ...new Set(bindings.flatMap(({ path }) => path ?? [])),
  ]);
  /** The paths that one expression names by itself. */
  const ownPaths = (node: PyNode): readonly string[] => {
    switch (node.type) {
      case 'Name':
        return importedPaths(bindingsOf(node));
      case 'Attribute':
        return below(nodeAt(node, 'value'), textAt(node, 'attr') ?? '');
      default:
        return [];
    }
  };
  const paths = values.question(ownPaths);

  const pathsOf = (expression: PyNode): readonly string[] => {
    const root = rootBelow(expression);
    if (root === undefined) return paths(expression);
    // Whatever begins a chain that is one too long is looked at there; longer ones contain it. The path may begin above
    // the root, at an attribute of the file's own.
    const base = root.type === 'Attribute' ? undefined : nodeAt(expression, 'value');
    if (base && pathsOf(base).length > 0) onBound(expression);
    return [];
  };

  const below = (base: PyNode | undefined, name: string): readonly string[] => {
    const paths = base ? pathsOf(base) : [];
    // `f.__call__` is f.
    return name === '__call__' ? paths : paths.map((path) => extended(path, name));
  };

  return { pathsOf };
};

/** What lies below a chain of attributes that is longer than any path; undefined for shorter ones. */
const rootBelow = (expression: PyNode): PyNode | undefined => {
  let node: PyNode | undefined = expression;
  for (let length = 0; length <= MAX_SEGMENTS; length += 1) {
    if (node?.type !== 'Attribute') return undefined;
    node = nodeAt(node, 'value');
  }
  return node;
};

const extended = (path: string, name: string): string => {
  const segments = path.split('.');
  if (segments.length < MAX_SEGMENTS) return `${path}.${name}`;
  return [...segments.slice(0, KEPT_SEGMENTS), ...segments.slice(-KEPT_SEGMENTS), name].join('.');
};
