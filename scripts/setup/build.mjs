import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SetupError } from './project.mjs';
import { run } from './run.mjs';

/** What tsconfig.build.json compiles. */
const SOURCES = ['activities', 'clients', 'hparams', 'lib', 'migrations', 'workers', 'workflows'];

/** What may end up in the workflow bundle: the import boundaries of eslint.config.js allow nothing else. */
const BUNDLED = ['workflows', 'lib/scoring', 'lib/errors', 'lib/progress'];

const COMPILE_TIMEOUT_SECONDS = 300;
const BUNDLE_TIMEOUT_SECONDS = 180;
const SNAPSHOT_TIMEOUT_SECONDS = 120;

/** Whether `dist` was built from the sources as they are. */
export const buildIsFresh = (root) => readStamp(root, '.build-stamp') === sourceState(root);

/** Compiles to `dist`, copies what is not TypeScript, removes what has no source any more; returns a warning or ''. */
export async function build(root) {
  const state = sourceState(root);
  const dist = join(root, 'dist');
  // Without its output, the compiler's own record of what is up to date is wrong.
  if (!existsSync(join(dist, '.build-stamp'))) {
    rmSync(join(root, '.crusades/build.tsbuildinfo'), { force: true });
  }
  rmSync(join(dist, '.build-stamp'), { force: true });
  const warning = await compile(root);
  prune(root, dist);
  copyOthers(root, dist);
  writeFileSync(join(dist, '.build-stamp'), state);
  return warning;
}

/** Whether there are workflows at all, and their bundle is not of the compiled code as it is. */
export const bundleIsStale = (root) =>
  existsSync(join(root, 'dist/workflows/index.js')) &&
  (readStamp(root, '.bundle-stamp') !== bundleState(root) ||
    !existsSync(join(root, 'dist/workflow-bundle.js')));

/** One bundle for all workers, made once: a worker that bundles at its start needs seconds and webpack. */
export async function bundle(root) {
  const script = join(root, 'scripts/bundle-workflows.mjs');
  const { code, output } = await run(process.execPath, [script], {
    cwd: root,
    timeoutSeconds: BUNDLE_TIMEOUT_SECONDS,
  });
  if (code !== 0)
    throw new SetupError(`The workflows could not be bundled:\n${output}`, 'Correct the workflows.');
  writeFileSync(join(root, 'dist/.bundle-stamp'), bundleState(root));
}

/** Whether the scanner would have to start CPython from nothing. */
export const snapshotIsMissing = (root) =>
  existsSync(join(root, 'dist/lib/scan/python-start.js')) && !existsSync(snapshotFile(root));

/** CPython as it is after its start, in a file: a scanner that starts it from nothing needs seconds. */
export async function snapshot(root) {
  const file = snapshotFile(root);
  for (const name of readdirSync(join(root, 'dist'))) {
    if (name.startsWith('pyodide-')) rmSync(join(root, 'dist', name));
  }
  const { code, output } = await run(process.execPath, [join(root, 'scripts/snapshot-python.mjs'), file], {
    cwd: root,
    timeoutSeconds: SNAPSHOT_TIMEOUT_SECONDS,
  });
  if (code !== 0) throw new SetupError(`CPython did not start:\n${output}`, 'Run `npm ci` again.');
}

/** Its memory depends on what starts it: on Pyodide, and on what this Node has of WebAssembly. */
function snapshotFile(root) {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/pyodide/package.json'), 'utf8'));
  return join(root, `dist/pyodide-${version}-node-${process.versions.node}.snapshot`);
}

/** Type errors do not keep the compiler from writing sound JavaScript: they are told, and `npm test` fails on them. */
const EMITTED_WITH_ERRORS = 2;

async function compile(root) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { code, output } = await run(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    timeoutSeconds: COMPILE_TIMEOUT_SECONDS,
  });
  if (code === EMITTED_WITH_ERRORS) return `type errors, the last: ${output.split('\n').at(-1)}`;
  if (code !== 0) {
    throw new SetupError(`The TypeScript does not compile:\n${output}`, 'Correct the sources named.');
  }
  return '';
}

function prune(root, dist) {
  for (const folder of SOURCES) {
    for (const path of filesUnder(dist, folder)) {
      const source = path.replace(/\.js(\.map)?$/, '.ts');
      if (!existsSync(join(root, path)) && !existsSync(join(root, source))) rmSync(join(dist, path));
    }
  }
}

function copyOthers(root, dist) {
  for (const path of SOURCES.flatMap((folder) => filesUnder(root, folder))) {
    if (/\.m?ts$/.test(path)) continue;
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    copyFileSync(join(root, path), join(dist, path));
  }
}

/** Sizes and times are enough to notice an edit, and are read in milliseconds. */
function sourceState(root) {
  const hash = createHash('sha256');
  const single = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  for (const path of [...single, ...SOURCES.flatMap((folder) => filesUnder(root, folder))]) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function bundleState(root) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const path of BUNDLED.flatMap((folder) => filesUnder(join(root, 'dist'), folder))) {
    hash.update(path).update(readFileSync(join(root, 'dist', path)));
  }
  return hash.digest('hex');
}

function filesUnder(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesUnder(root, path);
      return entry.isFile() ? [path] : [];
    });
}

function readStamp(root, name) {
  const file = join(root, 'dist', name);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}
