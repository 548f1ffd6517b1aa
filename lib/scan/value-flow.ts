import type { SourceFile } from './source-file.js';
import { nodeAt, nodesAt, textAt, type PyNode } from './tree.js';

/** Assignments that a value is followed through: enough for honest code and for a cheat's first idea. */
const MAX_STEPS = 24;

/** Functions that hand on what they are given, or iterate over it. */
const PASSING = new Set([
  'list',
  'tuple',
  'set',
  'iter',
  'next',
  'enumerate',
  'zip',
  'reversed',
  'sorted',
  'filter',
]);

/**
 * Whether an expression is, or is taken from, something that `isOrigin` knows: through attributes, subscripts,
 * assignments, loops and the functions that only hand things on. Results of other calls are new things.
 */
export const comesFrom = (
  expression: PyNode | undefined,
  file: SourceFile,
  isOrigin: (node: PyNode) => boolean,
): boolean => {
  const seen = new Set<PyNode>();
  const pending = expression ? [expression] : [];
  for (let node = pending.pop(); node && seen.size < MAX_STEPS; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (isOrigin(node)) return true;
    pending.push(...sourcesOf(node, file));
  }
  return false;
};

const sourcesOf = (node: PyNode, file: SourceFile): readonly PyNode[] => {
  switch (node.type) {
    case 'Attribute':
    case 'Subscript':
    case 'Starred':
    case 'NamedExpr':
      return present(nodeAt(node, 'value'));
    case 'IfExp':
      return [...present(nodeAt(node, 'body')), ...present(nodeAt(node, 'orelse'))];
    case 'Call': {
      const callee = nodeAt(node, 'func');
      return callee?.type === 'Name' && PASSING.has(textAt(callee, 'id') ?? '') ? nodesAt(node, 'args') : [];
    }
    case 'Name':
      return file.bindingsOf(node).flatMap((binding) => [...binding.values, ...loopOf(binding.node)]);
    default:
      return [];
  }
};

/** What the loop iterates over that binds this name, alone or in a tuple. */
const loopOf = (target: PyNode): readonly PyNode[] => {
  let outermost = target;
  while (outermost.parent?.type === 'Tuple' || outermost.parent?.type === 'List')
    outermost = outermost.parent;
  return outermost.role === 'target' && outermost.parent ? present(nodeAt(outermost.parent, 'iter')) : [];
};

const present = (node: PyNode | undefined): readonly PyNode[] => (node ? [node] : []);
