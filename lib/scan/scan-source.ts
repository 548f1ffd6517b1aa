import { createHash } from 'node:crypto';

import { collectFindings, finding } from './findings.js';
import { normalise, type NormalisedSource } from './normalise.js';
import { POLICY } from './policy.js';
import type { Finding, ScanReport } from './report.js';
import { RULES } from './rules/index.js';
import type { Visitors } from './rules/rule.js';
import { importedBy } from './scopes.js';
import { openSource, type SourceFile } from './source-file.js';
import { buildTree, type Layout, type PyNode, type Rows } from './tree.js';

/** CPython's parser, however it is reached. */
export interface PythonParser {
  readonly layout: Layout;
  parse(text: string, version: readonly [major: number, minor: number]): ParseResult;
}

export type ParseResult =
  /** Some whole rows at a time. To be read once, before anything else is parsed. */
  | { readonly rows: Iterable<Rows> }
  | {
      readonly error: string;
      readonly line: number;
      /** From 1, in characters. */
      readonly column: number;
      readonly endLine: number;
      readonly endColumn: number;
    };

/** Rules that are judged on the text, before there is a tree. */
export const TEXT_RULES = {
  source_encoding: {
    description: 'The file is UTF-8 without a byte-order mark, NUL or a coding cookie for something else.',
    remedy: 'Save the file as plain UTF-8.',
  },
  source_size: {
    description: `The file has at most ${POLICY.maxBytes.toLocaleString('en')} bytes.`,
    remedy: 'Shrink the file; move long comments and unused code out.',
  },
  source_braces: {
    description: `In a file with formatted strings, the characters behind each brace are at most ${POLICY.maxBehindBraces.toLocaleString('en')} all together: CPython looks at the rest of the file for each. That is eight thousand braces all over a file of ${POLICY.maxBytes.toLocaleString('en')} bytes.`,
    remedy: 'Use fewer formatted strings, or a shorter file.',
  },
  syntax_error: {
    description: `The file parses with CPython’s grammar, at most version ${POLICY.python.join('.')}.`,
    remedy: `Run it with Python ${POLICY.python.join('.')}, the evaluator’s version.`,
  },
} as const;

/** Judges a file. Pure, apart from the clock; what it may cost is bounded by whoever calls it. */
export const scanSource = (text: string, parser: PythonParser): ScanReport => {
  const started = performance.now();
  const sha256 = createHash('sha256').update(text).digest('hex');
  const conclude = (findings: readonly Finding[], normalised = NOTHING): ScanReport => ({
    ok: !findings.some(({ severity }) => severity === 'reject'),
    policy: POLICY.version,
    ...{ sha256, normalised: normalised.hash, sketch: normalised.sketch, findings },
    seconds: (performance.now() - started) / 1000,
  });

  const lines = text.split(/\r\n|\r|\n/);
  const flaw = textFlaw(text, lines);
  if (flaw) return conclude([flaw]);
  const parsed = parser.parse(text, POLICY.python);
  if ('error' in parsed) return conclude([syntaxFinding(parsed, lines)]);

  const file = openSource(buildTree(parsed.rows, parser.layout));
  return conclude(judge(file, lines), normalise(file));
};

/** Of a file that does not parse. */
const NOTHING: NormalisedSource = { hash: '', sketch: '' };

/** Half of a character pair: no UTF-8 says it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const textFlaw = (text: string, lines: readonly string[]): Finding | undefined => {
  const bytes = Buffer.byteLength(text);
  const at = (rule: keyof typeof TEXT_RULES, index: number, reason: string): Finding => {
    const line = text.slice(0, index).split(/\r\n|\r|\n/).length;
    return finding(rule, 'reject', TEXT_RULES[rule].remedy, reason, {
      ...{ line, column: 1, endLine: line, endColumn: (lines[line - 1]?.length ?? 0) + 1 },
      text: lines[line - 1] ?? '',
    });
  };
  if (bytes > POLICY.maxBytes)
    return at('source_size', 0, `The file has ${bytes.toLocaleString('en')} bytes.`);
  if (text.startsWith('\ufeff')) return at('source_encoding', 0, 'The file begins with a byte-order mark.');
  if (LONE_SURROGATE.test(text)) return at('source_encoding', 0, 'The text is not valid Unicode.');
  const nul = text.indexOf('\0');
  if (nul >= 0) return at('source_encoding', nul, 'The file holds a NUL character.');
  const brace = braceBeyondBound(text);
  if (brace !== undefined)
    return at('source_braces', brace, 'The braces up to here are more than CPython reads in time.');
  const cookie = codingCookie(lines);
  return cookie && !/^utf[-_]?8$/i.test(cookie.name)
    ? at('source_encoding', cookie.index, `The coding cookie names ${cookie.name}.`)
    : undefined;
};

/** The brace with which the file has too many of them: see `source_braces`. */
const braceBeyondBound = (text: string): number | undefined => {
  const first = FORMATTED.exec(text)?.index;
  let behind = 0;
  for (let at = first ?? -1; at >= 0; at = text.indexOf('{', at + 1)) {
    behind += text.length - at;
    if (behind > POLICY.maxBehindBraces) return at;
  }
  return undefined;
};
const FORMATTED = /[ft]r?["']|r[ft]["']/i;

/** PEP 263: in a comment of the first line, or of the second if the first is a comment or blank. */
const codingCookie = (lines: readonly string[]): { name: string; index: number } | undefined => {
  let index = 0;
  for (const line of lines.slice(0, 2)) {
    const name = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/.exec(line)?.[1];
    if (name !== undefined) return { name, index };
    if (!/^[ \t\f]*(#.*)?$/.test(line)) return undefined;
    index += line.length + 1;
  }
  return undefined;
};

const syntaxFinding = (
  parsed: Exclude<ParseResult, { rows: unknown }>,
  lines: readonly string[],
): Finding => {
  const line = Math.min(Math.max(parsed.line, 1), lines.length);
  const column = Math.max(parsed.column, 1);
  const sameLine = parsed.endLine === line && parsed.endColumn > column;
  return finding('syntax_error', 'reject', TEXT_RULES.syntax_error.remedy, `${parsed.error}.`, {
    ...{ line, column, endLine: line, endColumn: sameLine ? parsed.endColumn : column + 1 },
    text: lines[line - 1] ?? '',
  });
};

const judge = (file: SourceFile, lines: readonly string[]): readonly Finding[] => {
  const findings = collectFindings(lines);
  const visitors = RULES.map(({ id, severity, remedy, visit }) =>
    visit(file, (node, reason) => findings.add(id, severity, remedy, node, reason)),
  );
  visitNodes(file, visitors);
  visitPaths(file, visitors);
  for (const { end } of visitors) end?.();
  return findings.sorted();
};

const visitNodes = (file: SourceFile, visitors: readonly Visitors[]): void => {
  const handlers = new Map<string, ((node: PyNode) => void)[]>();
  for (const { on = {} } of visitors) {
    for (const [type, handler] of Object.entries(on))
      handlers.set(type, [...(handlers.get(type) ?? []), handler]);
  }
  for (const node of file.nodes) {
    const held = handlers.get(node.type);
    if (held) for (const handler of held) handler(node);
  }
};

const visitPaths = (file: SourceFile, visitors: readonly Visitors[]): void => {
  const listeners = visitors.flatMap(({ path }) => path ?? []);
  const tell = (path: string, node: PyNode) => {
    for (const listener of listeners) listener(path, node);
  };
  for (const node of file.nodes) {
    if (node.type === 'alias') for (const { path } of importsOf(node)) tell(path, node);
    else if (node.type === 'Call' || (PATHS.has(node.type) && node.fields['ctx'] === 'Load')) {
      for (const path of file.pathsOf(node)) tell(path, node);
    }
  }
};

const PATHS = new Set(['Name', 'Attribute']);

/** `import a.b.c` imports all of it, though it binds only `a`. */
const importsOf = (alias: PyNode): readonly { path: string }[] => {
  const name = alias.fields['name'];
  return alias.parent?.type === 'Import' && typeof name === 'string' ? [{ path: name }] : importedBy(alias);
};
