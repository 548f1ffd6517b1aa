import type { Binding } from '../scopes.js';
import { nodesAt, stringOf, textAt, type PyNode } from '../tree.js';

/** What expressions may come from, in the words of the text. */
export interface Expressions {
  /** Names and attributes that an expression may come from. */
  readonly namesOf: (expression: PyNode) => readonly PyNode[];
  /** The last word of a name or attribute; of what is imported under another name, the imported one. `''` for anything else. */
  readonly wordOf: (name: PyNode) => string;
  /** The last words of all that an expression may come from. */
  readonly wordsOf: (expression: PyNode) => readonly string[];
  /** Whether the file has a name, an attribute, an import or a text of this word: without it nothing is called so. */
  readonly mentions: (word: string) => boolean;
  /** Texts that an expression may be; there may be others that nobody knows of. */
  readonly textsIn: (expression: PyNode) => readonly string[];
  /** Calls that an expression may come from. */
  readonly callsOf: (expression: PyNode) => readonly PyNode[];
  /** Elements of lists, tuples and sets that an expression may come from. */
  readonly elementsOf: (expression: PyNode) => readonly PyNode[];
}

export const analyseExpressions = (
  nodes: readonly PyNode[],
  question: <Fact>(own: (origin: PyNode) => readonly Fact[]) => (expression: PyNode) => readonly Fact[],
  bindingsOf: (name: PyNode) => readonly Binding[],
): Expressions => {
  const namesOf = question((node) => (node.type === 'Name' || node.type === 'Attribute' ? [node] : NONE));
  const wordOf = (name: PyNode): string => {
    const bindings = name.type === 'Name' ? bindingsOf(name) : NONE;
    const imported = bindings.find(({ kind }) => kind === 'import')?.path;
    return imported === undefined ? lastWord(name) : imported.slice(imported.lastIndexOf('.') + 1);
  };
  const mentioned = new Set(nodes.map(mentionedBy));
  return {
    ...{ namesOf, wordOf },
    mentions: (word) => mentioned.has(word),
    wordsOf: (expression) => namesOf(expression).map(wordOf),
    textsIn: question((node) => textsOf(stringOf(node))),
    callsOf: question((node) => (node.type === 'Call' ? [node] : NONE)),
    elementsOf: question((node) => nodesAt(node, 'elts')),
  };
};

const NONE: readonly never[] = [];

const textsOf = (text: string | undefined): readonly string[] => (text === undefined ? NONE : [text]);

const mentionedBy = (node: PyNode): string | undefined => {
  switch (node.type) {
    case 'Name':
    case 'Attribute':
      return lastWord(node);
    case 'alias':
      return textAt(node, 'name');
    default:
      return stringOf(node);
  }
};

/** The last word of a name or attribute as it is written, `''` for anything else. */
export const lastWord = (name: PyNode): string =>
  textAt(name, name.type === 'Attribute' ? 'attr' : 'id') ?? '';
