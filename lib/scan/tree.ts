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
}

/** A row of the Python side's dump: see `python-dump.ts`. */
export type Row = readonly [string, number, number, number, number, ...(RowField | undefined)[]];
type RowField = number | string | null | readonly (number | string | null)[];

/** Field names by node type, as the Python side announces them. */
export type FieldNames = Readonly<Record<string, readonly string[]>>;

type Draft = { -readonly [Key in keyof PyNode]: PyNode[Key] } & { fields: Record<string, Field> };

/** Links the rows into a tree; the first is the module. */
export const buildTree = (rows: readonly Row[], names: FieldNames): PyNode => {
  const nodes = rows.map(([type, line, column, endLine, endColumn]): Draft => ({
    ...{ type, line, column, endLine, endColumn },
    ...{ fields: {}, parent: null, role: '' },
  }));
  rows.forEach((row, index) => {
    const node = nodes[index]!;
    const link = (item: number | string | null, role: string): PyNode | string | null => {
      if (typeof item !== 'number') return item;
      const child = nodes[item]!;
      child.parent = node;
      child.role = role;
      return child;
    };
    (names[node.type] ?? []).forEach((name, position) => {
      const value = row[position + 5] ?? null;
      node.fields[name] =
        typeof value === 'object' && value !== null
          ? value.map((item) => link(item, name))
          : link(value, name);
    });
  });
  return nodes[0]!;
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
  return Array.isArray(value) ? value.filter(isNode) : [];
};

export const textAt = (node: PyNode, field: string): string | undefined => {
  const value = node.fields[field];
  return typeof value === 'string' ? value : undefined;
};

export const textsAt = (node: PyNode, field: string): readonly string[] => {
  const value = node.fields[field];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
};

/** All children in the order of the grammar's fields. */
export const childrenOf = (node: PyNode): PyNode[] => {
  const children: PyNode[] = [];
  for (const value of Object.values(node.fields)) {
    if (isNode(value)) children.push(value);
    else if (Array.isArray(value)) for (const item of value.filter(isNode)) children.push(item);
  }
  return children;
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
    const position = nodesAt(args, 'kwonlyargs').indexOf(parameter);
    const value = args.fields['kw_defaults'];
    const held = Array.isArray(value) ? (value as readonly Field[])[position] : undefined;
    return isNode(held) ? held : undefined;
  }
  const positional = [...nodesAt(args, 'posonlyargs'), ...nodesAt(args, 'args')];
  const defaults = nodesAt(args, 'defaults');
  const position = positional.indexOf(parameter);
  return position < 0 ? undefined : defaults[position - (positional.length - defaults.length)];
};
