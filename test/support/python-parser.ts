import { createRequire } from 'node:module';
import { dirname } from 'node:path';

import { loadPyodide } from 'pyodide';

import { openParser } from '../../lib/scan/python-parser.js';
import type { PythonParser } from '../../lib/scan/scan-source.js';

const PACKAGE = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));

/**
 * The scanner's own parser in this thread: for tests that work on trees, and scan thousands of small texts of
 * their own. Loading takes seconds and 110 MB; strangers' texts belong into the scanner's worker.
 */
export const loadPythonParser = async (): Promise<PythonParser> => {
  const python = await loadPyodide({ indexURL: PACKAGE, stdout: () => undefined, stderr: () => undefined });
  return openParser((code) => python.runPython(code) as unknown);
};
