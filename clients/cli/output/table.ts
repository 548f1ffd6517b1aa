import Table from 'cli-table3';
import { printable } from './escape.js';
import type { Style } from './style.js';

export interface Column<Row> {
  readonly title: string;
  /** Text of the cell; whatever a terminal would act upon is escaped here. */
  readonly text: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Colours the finished text. */
  readonly colour?: (row: Row, style: Style) => (text: string) => string;
}

const NO_BORDERS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** Rows under a line of titles, without borders, so that it can be searched and cut as text. */
export const renderTable = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: Style,
): string => {
  const table = new Table({
    head: columns.map(({ title }) => style.dim(title)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  for (const row of rows) {
    table.push(
      columns.map(({ text, colour }) => {
        const shown = printable(text(row));
        return colour ? colour(row, style)(shown) : shown;
      }),
    );
  }
  return withoutTrailingBlanks(table.toString());
};

/** Lines of `name  value`, the names aligned; entries without a value are left out. */
export const renderFacts = (
  facts: readonly (readonly [name: string, value: string | null])[],
  style: Style,
): string => {
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
  const width = Math.max(0, ...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${printable(value)}`).join('\n');
};

const withoutTrailingBlanks = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
