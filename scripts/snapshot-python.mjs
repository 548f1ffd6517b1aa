// CPython's memory right after its start, for the scanner: it starts from there in a sixth of the time.
//   node scripts/snapshot-python.mjs FILE
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPyodide } from 'pyodide';
import { ROOT } from './setup/project.mjs';

const [file] = process.argv.slice(2);
const python = await loadPyodide({ indexURL: join(ROOT, 'node_modules/pyodide'), _makeSnapshot: true });
// In one step: a scanner that starts meanwhile finds all of it or nothing.
const draft = `${file}.${process.pid}`;
writeFileSync(draft, python.makeMemorySnapshot());
renameSync(draft, file);
