/** What a field of a node holds: a node, text, nothing, or a list of these. */
export type Field = PyNode | string | null | readonly (PyNode | string | null)[];

/** A node of CPython's syntax tree (module `ast`). Lines count from 1, columns from 0 in UTF-8 bytes. */
export interface PyNode {
  /** Its place among the rows of the tree; -1 for one that stands for something the text does not spell out. */
  readonly id: number;
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

/** Some whole rows of the Python side's dump: see `python-dump.ts`. */
export interface Rows {
  readonly numbers: Int32Array;
  readonly texts: readonly (string | null)[];
}

/** What the numbers of a row mean. */
export interface Layout {
  /** By number: the name of a type of node, and its fields. */
  readonly types: readonly (readonly [
    type: string,
    fields: readonly (readonly [name: string, kind: Kind])[],
  ])[];
  /** By number: the names of operators and contexts. */
  readonly marks: readonly string[];
}

type Kind = 'node' | 'nodes' | 'gapped' | 'text' | 'texts' | 'mark' | 'marks' | 'number' | 'constant';

type Draft = { -readonly [Key in keyof PyNode]: PyNode[Key] } & {
  readonly fields: Record<string, Field>;
};

/** Links rows into a tree; the first is the module. */
export const buildTree = (batches: Iterable<Rows>, { types, marks }: Layout): PyNode => {
  const module = newNode(0, null, '', 0);
  /** Nodes whose rows are still to come, the next one on top. */
  const claimed: Draft[] = [module];
  let count = 1;
  for (const { numbers, texts } of batches) {
    let [at, atText] = [0, 0];
    const number = (): number => numbers[at++]!;
    const text = (): string | null => texts[atText++]!;
    const claim = (parent: Draft, role: string, index: number): PyNode => {
      const child = newNode(count, parent, role, index);
      count += 1;
      claimed.push(child);
      return child;
    };
    const list = <Item>(item: (index: number) => Item): readonly Item[] => {
      const length = number();
      if (length === 0) return NONE;
      // Of its length at once: a list that grows keeps room for sixteen more, and there are as many lists as nodes.
      const items = new Array<Item>(length);
      for (let index = 0; index < length; index += 1) items[index] = item(index);
      return items;
    };
    const fieldOf = (node: Draft, name: string, kind: Kind): Field => {
      switch (kind) {
        case 'node':
          return number() === 1 ? claim(node, name, 0) : null;
        case 'nodes':
          return list((index) => claim(node, name, index));
        case 'gapped':
          return list((index) => (number() === 1 ? claim(node, name, index) : null));
        case 'text':
          return text();
        case 'texts':
          return list(text);
        case 'mark':
          return marks[number()]!;
        case 'marks':
          return list(() => marks[number()]!);
        case 'number':
          return String(number());
        case 'constant':
          node.fields['constant'] = text();
          return text();
      }
    };
    while (at < numbers.length) {
      const node = claimed.pop()!;
      const [type, fields] = types[number()]!;
      node.type = type;
      node.line = number();
      node.column = number();
      node.endLine = number();
      node.endColumn = number();
      const first = claimed.length;
      for (const [name, kind] of fields) node.fields[name] = fieldOf(node, name, kind);
      if (claimed.length > first) node.children = claimed.slice(first);
    }
  }
  return module;
};

const newNode = (id: number, parent: PyNode | null, role: string, index: number): Draft => ({
  id,
  type: '',
  line: 0,
  column: 0,
  endLine: 0,
  endColumn: 0,
  fields: {},
  parent,
  role,
  index,
  children: NONE,
});

const NONE: readonly never[] = [];

/** Lists that may hold more than nodes: keys of a dict display with `**rest`, names of `global`. */
const MIXED = new Set(['keys', 'kw_defaults', 'names', 'ops', 'kwd_attrs']);

const isNode = (item: Field | undefined): item is PyNode =>
  typeof item === 'object' && item !== null && !Array.isArray(item);

export const nodeAt = (node: PyNode, field: string): PyNode | undefined => {
  const value = node.fields[field];
  return isNode(value) ? value : undefined;
};

/** The nodes of a list; gaps, such as the key of `**rest` in a dict display, are left out. */
export const nodesAt = (node: PyNode, field: string): readonly PyNode[] => {
  const value = node.fields[field];
  if (!Array.isArray(value)) return NONE;
  return MIXED.has(field) ? value.filter(isNode) : (value as readonly PyNode[]);
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

/** Which of the positional parameters it is, from 0; undefined for one that is given by name, or starred. */
export const positionOf = ({ parent, role, index }: PyNode): number | undefined => {
  if (role === 'posonlyargs') return index;
  return role === 'args' && parent ? nodesAt(parent, 'posonlyargs').length + index : undefined;
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
  const position = positionOf(parameter);
  if (position === undefined) return undefined;
  const positional = nodesAt(args, 'posonlyargs').length + nodesAt(args, 'args').length;
  const defaults = nodesAt(args, 'defaults');
  return defaults[position - (positional - defaults.length)];
};
