import { PYTHON_DUMP } from './python-dump.js';
import type { ParseResult, PythonParser } from './scan-source.js';
import type { Layout, Rows } from './tree.js';

/** Rows that come over at once: some megabytes. */
const BATCH = 20_000;

/** An array of Python's, as Pyodide hands it over. */
interface PythonArray {
  toJs(): Int32Array;
  destroy(): void;
}

/** CPython's parser. @param runPython runs Python and gives what it comes to */
export const openParser = (runPython: (code: string) => unknown): PythonParser => {
  runPython(PYTHON_DUMP);
  const parse = runPython('parse') as (
    text: string,
    ...version: readonly [number, number]
  ) => string | undefined;
  const nextTexts = runPython('next_texts') as (limit: number) => string | undefined;
  const nextNumbers = runPython('next_numbers') as () => PythonArray;

  function* batches(): Generator<Rows> {
    for (let texts = nextTexts(BATCH); texts !== undefined; texts = nextTexts(BATCH)) {
      const held = nextNumbers();
      const numbers = held.toJs();
      held.destroy();
      yield { numbers, texts: JSON.parse(texts) as Rows['texts'] };
    }
  }

  return {
    layout: JSON.parse(runPython('LAYOUT') as string) as Layout,
    parse: (text, version) => {
      const flaw = parse(text, ...version);
      return flaw === undefined
        ? { rows: batches() }
        : (JSON.parse(flaw) as Exclude<ParseResult, { rows: unknown }>);
    },
  };
};
