/** What a field of a node holds: a node, text, nothing, or a list of these. */
export type Field = PyNode | string | null | readonly (PyNode | string | null)[];

/** A node of CPython's syntax tree (module `ast`). Lines count from 1, columns from 0 in UTF-8 bytes. */
export interface PyNode {
  readonly type: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** By the names of CPython's grammar. A `Constant` has `constant` (its type) and `value` (its text). */
  readonly fields: Readonly<Record<string, Field>>;
  readonly parent: PyNode | null;
  /** The field of the parent that holds this node. */
  readonly role: string;
  /** Position in the list that this field is; 0 where it is none. */
  readonly index: number;
  /** All children in the order of the grammar's fields. */
  readonly children: readonly PyNode[];
}

/** A row of the Python side's dump: see `python-dump.ts`. */
export type Row = readonly [string, number, number, number, number, ...(RowField | undefined)[]];
type RowField = number | string | null | readonly (number | string | null)[];

/** Field names by node type, as the Python side announces them. */
export type FieldNames = Readonly<Record<string, readonly string[]>>;

type Draft = { -readonly [Key in keyof PyNode]: PyNode[Key] } & {
  readonly fields: Record<string, Field>;
  readonly children: PyNode[];
};

/** Links the rows into a tree; the first is the module. A row refers to later ones only. */
export const buildTree = (rows: Iterable<Row>, names: FieldNames): PyNode => {
  /** Those that were referred to. */
  const nodes: Draft[] = [];
  const nodeOf = (number: number): Draft => (nodes[number] ??= emptyNode());
  const link = (node: Draft, number: number, role: string, index: number): PyNode => {
    const child = nodeOf(number);
    child.parent = node;
    child.role = role;
    child.index = index;
    node.children.push(child);
    return child;
  };
  let number = 0;
  for (const row of rows) {
    const node = nodeOf(number);
    number += 1;
    node.type = row[0];
    node.line = row[1];
    node.column = row[2];
    node.endLine = row[3];
    node.endColumn = row[4];
    let position = 5;
    for (const name of names[node.type] ?? []) {
      const value = row[position] ?? null;
      position += 1;
      if (typeof value === 'number') node.fields[name] = link(node, value, name, 0);
      else if (typeof value === 'string' || value === null) node.fields[name] = value;
      else node.fields[name] = linkList(value, (item, index) => link(node, item, name, index));
    }
  }
  return nodeOf(0);
};

const emptyNode = (): Draft => ({
  type: '',
  line: 0,
  column: 0,
  endLine: 0,
  endColumn: 0,
  fields: {},
  parent: null,
  role: '',
  index: 0,
  children: [],
});

/** Lists that hold more than nodes: keys of a dict display with `**rest`, names of `global`. */
const mixed = new WeakSet<object>();

const linkList = (
  items: readonly (number | string | null)[],
  link: (item: number, index: number) => PyNode,
): readonly (PyNode | string | null)[] => {
  const linked = items.map((item, index) => (typeof item === 'number' ? link(item, index) : item));
  if (items.some((item) => typeof item !== 'number')) mixed.add(linked);
  return linked;
};

const isNode = (item: Field | undefined): item is PyNode =>
  typeof item === 'object' && item !== null && 'fields' in item;

export const nodeAt = (node: PyNode, field: string): PyNode | undefined => {
  const value = node.fields[field];
  return isNode(value) ? value : undefined;
};

/** The nodes of a list; gaps, such as the key of `**rest` in a dict display, are left out. */
export const nodesAt = (node: PyNode, field: string): readonly PyNode[] => {
  const value = node.fields[field];
  if (!Array.isArray(value)) return [];
  return mixed.has(value) ? value.filter(isNode) : (value as readonly PyNode[]);
};

export const textAt = (node: PyNode, field: string): string | undefined => {
  const value = node.fields[field];
  return typeof value === 'string' ? value : undefined;
};

export const textsAt = (node: PyNode, field: string): readonly string[] => {
  const value = node.fields[field];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
};

/** The text of a string constant. */
export const stringOf = (node: PyNode | undefined): string | undefined =>
  node?.type === 'Constant' && node.fields['constant'] === 'str' ? textAt(node, 'value') : undefined;

export const isFunction = ({ type }: PyNode): boolean =>
  type === 'FunctionDef' || type === 'AsyncFunctionDef';

/** The positional, keyword-only and starred parameters of a function or lambda, in this order. */
export const parametersOf = (owner: PyNode): readonly PyNode[] => {
  const args = nodeAt(owner, 'args');
  if (!args) return [];
  const starred = [nodeAt(args, 'vararg'), nodeAt(args, 'kwarg')].filter((arg) => arg !== undefined);
  return [...positionalOf(owner), ...nodesAt(args, 'kwonlyargs'), ...starred];
};

export const positionalOf = (owner: PyNode): readonly PyNode[] => {
  const args = nodeAt(owner, 'args');
  return args ? [...nodesAt(args, 'posonlyargs'), ...nodesAt(args, 'args')] : [];
};

/** The value that a parameter takes when no argument is given. */
export const defaultOf = (parameter: PyNode): PyNode | undefined => {
  const args = parameter.parent;
  if (!args) return undefined;
  if (parameter.role === 'kwonlyargs') {
    const value = args.fields['kw_defaults'];
    const held = Array.isArray(value) ? (value as readonly Field[])[parameter.index] : undefined;
    return isNode(held) ? held : undefined;
  }
  if (parameter.role !== 'posonlyargs' && parameter.role !== 'args') return undefined;
  const before = nodesAt(args, 'posonlyargs').length;
  const positional = before + nodesAt(args, 'args').length;
  const defaults = nodesAt(args, 'defaults');
  const position = parameter.index + (parameter.role === 'args' ? before : 0);
  return defaults[position - (positional - defaults.length)];
};
