import { POLICY } from './policy.js';
import type { Finding, Severity } from './report.js';
import type { PyNode } from './tree.js';

/** Said once, where a report would become too long to be read. */
export const LEFT_OUT = {
  id: 'findings_left_out',
  severity: 'warn',
  description: `A report names at most ${POLICY.maxFindings.toLocaleString('en')} places, those that refuse before those that warn.`,
  remedy: 'Mend what is reported, then scan again.',
} as const;

export interface Findings {
  add(rule: string, severity: Severity, remedy: string, node: PyNode, reason: string): void;
  /** In order of place; where there were too many, the last one says so. */
  sorted(): readonly Finding[];
}

/** @param lines of the file */
export const collectFindings = (lines: readonly string[]): Findings => {
  const kept = { reject: new Map<string, Finding>(), warn: new Map<string, Finding>() };
  let leftOut = false;
  return {
    add(rule, severity, remedy, node, reason) {
      // Warnings must not push out what refuses the file.
      const sameKind = kept[severity];
      if (sameKind.size >= POLICY.maxFindings) {
        leftOut = true;
        return;
      }
      const found = finding(rule, severity, remedy, reason, placeOf(node, lines));
      // Two bindings of one name can lead to the same finding twice.
      const key = `${found.line}:${found.column}:${found.endLine}:${found.endColumn}:${rule}`;
      if (!sameKind.has(key)) sameKind.set(key, found);
    },
    sorted() {
      const all = [...kept.reject.values(), ...kept.warn.values()];
      const found = all
        .slice(0, POLICY.maxFindings)
        .sort((a, b) => a.line - b.line || a.column - b.column || a.rule.localeCompare(b.rule));
      const last = found.at(-1);
      if (!last || (!leftOut && found.length === all.length)) return found;
      const { id, severity, remedy } = LEFT_OUT;
      const reason = `There are more than ${POLICY.maxFindings.toLocaleString('en')} findings; the others are left out.`;
      return [...found, { ...last, rule: id, severity, remedy, reason }];
    },
  };
};

export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly text: string;
}

const placeOf = (node: PyNode, lines: readonly string[]): Place => {
  const placed = nearestPlaced(node);
  if (!placed) return { line: 1, column: 1, endLine: 1, endColumn: 1, text: lines[0] ?? '' };
  const { line, endLine } = placed;
  const column = unitsAt(lines[line - 1] ?? '', placed.column);
  const endColumn = unitsAt(lines[endLine - 1] ?? '', placed.endColumn);
  const text = (lines[line - 1] ?? '').slice(column, endLine === line ? endColumn : undefined);
  return { line, column: column + 1, endLine, endColumn: endColumn + 1, text };
};

/** Operators, argument lists and the module itself have no place of their own. */
const nearestPlaced = (node: PyNode): PyNode | undefined => {
  let placed: PyNode | null = node;
  while (placed && placed.line === 0) placed = placed.parent;
  return placed ?? undefined;
};

/** Python counts bytes, editors count UTF-16 units: the same up to the first character that is not ASCII. */
const unitsAt = (line: string, bytes: number): number => {
  const start = line.slice(0, bytes);
  return Buffer.byteLength(start) === bytes
    ? start.length
    : Buffer.from(start).subarray(0, bytes).toString().length;
};

const MAX_TEXT = 120;

export const finding = (
  rule: string,
  severity: Severity,
  remedy: string,
  reason: string,
  place: Place,
): Finding => ({
  ...{ rule, severity, ...place },
  text: place.text.length > MAX_TEXT ? `${place.text.slice(0, MAX_TEXT)}…` : place.text,
  ...{ reason, remedy },
});
