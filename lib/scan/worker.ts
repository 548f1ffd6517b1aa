import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { parentPort } from 'node:worker_threads';

import { loadPyodide } from 'pyodide';

import { PYTHON_DUMP } from './python-dump.js';
import type { ScanReport } from './report.js';
import { scanSource, type ParseResult, type PythonParser } from './scan-source.js';
import type { FieldNames } from './tree.js';

/** Worker thread: loads CPython once, then judges one text after the other. See `scanner.ts` for its owner. */
export type WorkerAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'report'; readonly report: ScanReport }
  /** The file broke the parser, which is of no use any more. */
  | { readonly kind: 'broken'; readonly reason: string };

/** Where the package keeps CPython and its library: told, because it guesses from stack traces otherwise. */
const PACKAGE = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));

const loadParser = async (): Promise<PythonParser> => {
  const python = await loadPyodide({ indexURL: PACKAGE, stdout: () => undefined, stderr: () => undefined });
  python.runPython(PYTHON_DUMP);
  const valueOf = (name: string): unknown => python.runPython(name);
  const dump = valueOf('dump') as (text: string, version: readonly number[]) => string;
  return {
    fieldNames: JSON.parse(valueOf('FIELDS') as string) as FieldNames,
    parse: (text, version) => JSON.parse(dump(text, version)) as ParseResult,
  };
};

const answer = (message: WorkerAnswer): void => parentPort?.postMessage(message);

const parser = await loadParser();
parentPort?.on('message', (text: string) => {
  try {
    answer({ kind: 'report', report: scanSource(text, parser) });
  } catch (error) {
    answer({ kind: 'broken', reason: error instanceof Error ? error.message : String(error) });
  }
});
answer({ kind: 'ready' });
