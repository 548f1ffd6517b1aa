import { openParser } from '../../lib/scan/python-parser.js';
import { startPython } from '../../lib/scan/python-start.js';
import type { PythonParser } from '../../lib/scan/scan-source.js';

/**
 * The scanner's own parser in this thread: for tests that work on trees, and scan thousands of small texts of
 * their own. It takes 110 MB; strangers' texts belong into the scanner's worker.
 */
export const loadPythonParser = async (): Promise<PythonParser> => openParser(await startPython());
