import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { loadPyodide, version } from 'pyodide';

import { projectRoot } from '../provision/locations.js';

/** Where the package keeps CPython and its library: told, because it guesses from stack traces otherwise. */
const PACKAGE = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));

/** CPython's memory right after its start. The build makes it, for the Node that runs it (`scripts/setup/build.mjs`). */
export const SNAPSHOT = join(projectRoot(), `dist/pyodide-${version}-node-${process.versions.node}.snapshot`);

/** Read when Pyodide asks: its options live as long as CPython, and would keep 31 MB. */
const whenAsked = (file: string): PromiseLike<Uint8Array> => ({
  then: (onRead, onError) => readFile(file).then(onRead, onError),
});

/**
 * Starts CPython in this thread: from its snapshot where there is one, else from the sources of its library, which
 * takes six times as long.
 *
 * @param snapshot file, which need not be there
 * @returns what runs Python and gives what it comes to
 */
export const startPython = async (snapshot = SNAPSHOT): Promise<(code: string) => unknown> => {
  const python = await loadPyodide({
    ...{ indexURL: PACKAGE, stdout: () => undefined, stderr: () => undefined },
    ...(existsSync(snapshot) && { _loadSnapshot: whenAsked(snapshot) }),
  });
  return (code) => python.runPython(code) as unknown;
};
