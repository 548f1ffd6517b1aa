import { sourcesOfTarget, type Source } from './targets.js';
import { nodeAt, nodesAt, textAt, type PyNode } from './tree.js';

const ADDING = new Set(
  'append add insert appendleft extend update setdefault push put put_nowait set'.split(' '),
);

/** What a container is given after it was made. */
export interface Addition {
  readonly containers: readonly PyNode[];
  readonly source: Source;
}

/** `held.append(x)` and `held[key] = x`: the container and what it gets. */
export const additionsOf = (
  node: PyNode,
  calleesOf: (call: PyNode) => readonly PyNode[],
): readonly Addition[] => {
  if (node.type === 'Subscript' && node.fields['ctx'] === 'Store') {
    const containers = containersOf(nodeAt(node, 'value'));
    // `held[:] = found` gives it what `found` holds.
    const taken = nodeAt(node, 'slice')?.type === 'Slice' ? [null] : [];
    return sourcesOfTarget(node).map((source) => ({
      containers,
      source: { node: source.node, parts: [...source.parts, ...taken] },
    }));
  }
  const value = node.type === 'Call' ? nodesAt(node, 'args').at(-1) : undefined;
  if (!value) return [];
  const direct = nodeAt(node, 'func');
  const isDirect = direct?.type === 'Attribute' && ADDING.has(textAt(direct, 'attr') ?? '');
  const callees = isDirect ? [direct] : calleesOf(node);
  return callees.flatMap((callee): readonly Addition[] => {
    const method = textAt(callee, 'attr') ?? '';
    if (!ADDING.has(method)) return [];
    const parts = ['extend', 'update'].includes(method) ? [null] : [];
    // `held.append(*found)` adds what `found` holds.
    const unpacked = value.type === 'Starred' ? nodeAt(value, 'value') : undefined;
    const source = unpacked ? { node: unpacked, parts: [null, ...parts] } : { node: value, parts };
    return [{ containers: containersOf(nodeAt(callee, 'value')), source }];
  });
};

/** What holds an element, from the inside out: of `held[i][j]` itself, `held[i]` and `held`. */
const containersOf = (node: PyNode | undefined): readonly PyNode[] => {
  const found: PyNode[] = [];
  for (let held = node; held; held = held.type === 'Subscript' ? nodeAt(held, 'value') : undefined)
    found.push(held);
  return found;
};
