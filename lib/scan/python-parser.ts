import { PYTHON_DUMP } from './python-dump.js';
import type { ParseResult, PythonParser } from './scan-source.js';
import type { FieldNames, Row } from './tree.js';

/** Rows that come over at once: some megabytes of JSON. */
const BATCH = 20_000;

/** CPython's parser. @param runPython runs Python and gives what it comes to */
export const openParser = (runPython: (code: string) => unknown): PythonParser => {
  runPython(PYTHON_DUMP);
  const parse = runPython('parse') as (text: string, version: readonly number[]) => string | undefined;
  const nextRows = runPython('next_rows') as (limit: number) => string;

  function* rows(): Generator<Row> {
    for (;;) {
      const batch = JSON.parse(nextRows(BATCH)) as Row[];
      if (batch.length === 0) return;
      yield* batch;
    }
  }

  return {
    fieldNames: JSON.parse(runPython('FIELDS') as string) as FieldNames,
    parse: (text, version) => {
      const flaw = parse(text, version);
      return flaw === undefined
        ? { rows: rows() }
        : (JSON.parse(flaw) as Exclude<ParseResult, { rows: unknown }>);
    },
  };
};
