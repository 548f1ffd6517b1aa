import { derived } from '../lists.js';
import { nodeAt, nodesAt, textAt, textsAt, type PyNode } from '../tree.js';

// Attributes that are read without a dot: `case object(name=held)` and `getattr(x, "name")`. Each gets a node of
// its own, as `x.name` would stand in the text: whatever looks at attributes then sees these, too.

/** A node that is still being made. */
type Draft = { -readonly [Key in keyof PyNode]: PyNode[Key] };

/** Gives to each class pattern the attributes that it reads, as children in no field of the grammar. */
export const addReads = (patterns: readonly PyNode[]): void => {
  for (const pattern of patterns) {
    const held = nodesAt(pattern, 'kwd_patterns');
    const reads = textsAt(pattern, 'kwd_attrs').flatMap((attr, index) => {
      const place = held[index];
      return place ? [readOf(pattern, place, attr, index)] : [];
    });
    // A new list: nodes may share one.
    (pattern as Draft).children = [...pattern.children, ...reads];
  }
};

const readOf = (pattern: PyNode, place: PyNode, attr: string, index: number): PyNode => {
  const { line, column, endLine, endColumn } = place;
  const subject: Draft = {
    ...{ id: -1, type: SUBJECT, line, column, endLine, endColumn },
    ...{ fields: {}, parent: null, role: 'value', index: 0, children: [] },
  };
  const read: PyNode = {
    ...{ id: -1, type: 'Attribute', line, column, endLine, endColumn },
    fields: { value: subject, attr, ctx: 'Load' },
    ...{ parent: pattern, role: READS, index, children: [subject] },
  };
  subject.parent = read;
  return read;
};

/** What a part of a class pattern gets that is told by its position only: an attribute of this name. */
export type ReadAt = (part: PyNode, attr: string) => PyNode | undefined;

/** For one file: the same read is the same node. */
export const readsByPosition = (): ReadAt => {
  const readsOf = derived((_part: PyNode) => new Map<string, PyNode>());
  return (part, attr) => {
    const pattern = part.parent;
    if (pattern?.type !== 'MatchClass' || part.role !== 'patterns') return undefined;
    const made = readsOf(part);
    const known = made.get(attr) ?? readOf(pattern, part, attr, part.index);
    made.set(attr, known);
    return known;
  };
};

/** Stands for what a pattern is held against. */
export const SUBJECT = 'Subject';
const READS = 'reads';

/** The attribute whose value a part of a class pattern gets. */
export const readFor = (part: PyNode): PyNode | undefined =>
  part.parent?.children.find(({ role, index }) => role === READS && index === part.index);

/** The pattern whose subject a node of the type `Subject` stands for. */
export const patternOf = (subject: PyNode): PyNode | undefined => subject.parent?.parent ?? undefined;

/** `getattr(x, name)` and `getattr(x, name, default)`: the object, the name's expression, and the default. */
export const getattrOf = (node: PyNode): readonly [PyNode, PyNode, PyNode?] | undefined => {
  const callee = node.type === 'Call' ? nodeAt(node, 'func') : undefined;
  if (callee?.type !== 'Name' || textAt(callee, 'id') !== 'getattr') return undefined;
  const [object, name, fallback, ...more] = nodesAt(node, 'args');
  if (!object || !name || more.length > 0) return undefined;
  if ([object, name, fallback].some((argument) => argument?.type === 'Starred')) return undefined;
  return fallback ? [object, name, fallback] : [object, name];
};

/** The attribute of this name that a call of `getattr` reads: it stands where the call does. */
export type AttributeOf = (call: PyNode, object: PyNode, attr: string) => PyNode;

/** For one file: the same attribute is the same node. */
export const attributesByCall = (): AttributeOf => {
  const attributesOf = derived((_call: PyNode) => new Map<string, PyNode>());
  return (call, object, attr) => {
    const made = attributesOf(call);
    const known = made.get(attr) ?? {
      ...call,
      id: -1,
      type: 'Attribute',
      fields: { value: object, attr, ctx: 'Load' },
    };
    made.set(attr, known);
    return known;
  };
};
