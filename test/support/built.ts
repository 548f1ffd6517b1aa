import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../lib/provision/index.js';

interface Build {
  buildIsFresh(root: string): boolean;
}

let fresh: Promise<boolean> | undefined;

/**
 * Node's arguments that start one of our files as a program of its own: what was built of it, where that is of the
 * sources as they are, else the source. The loader of TypeScript costs half a second for each start, and two where
 * polkadot-js is loaded.
 *
 * @param source relative to the root, `.ts`
 */
export const startOf = async (source: string): Promise<string[]> => {
  const root = projectRoot();
  fresh ??= import(pathToFileURL(join(root, 'scripts/setup/build.mjs')).href).then((build: Build) =>
    build.buildIsFresh(root),
  );
  return (await fresh)
    ? [join(root, 'dist', source.replace(/\.ts$/, '.js'))]
    : ['--import=tsx', join(root, source)];
};
