// Makes a fresh clone ready to run. Needs Node and Python only; what is up to date is skipped.
//   node scripts/setup.mjs [--tests] [--build-only]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { waitForLock } from '../lib/provision/process-lock.mjs';
import { build, buildIsFresh, bundle, bundleIsStale, snapshot, snapshotIsMissing } from './setup/build.mjs';
import { dependenciesAreFresh, installDependencies } from './setup/dependencies.mjs';
import { checkPrerequisites } from './setup/prerequisites.mjs';
import { createProgress } from './setup/progress.mjs';
import { ROOT, SetupError } from './setup/project.mjs';

/** What running everything on one machine needs, besides the program itself. */
export const RUN_ITEMS = ['temporal-cli', 'postgres', 'evaluator'];

export const TEST_ITEMS = [...RUN_ITEMS, 'test-server', 'evaluator-dev'];

/**
 * @param {{items?: readonly string[], progress?: ReturnType<typeof createProgress>}} options `items`: what is
 *   provisioned besides the program itself, by the names of lib/provision
 * @throws {SetupError | Error} with `next` or `remedy`: what to do
 */
export async function setUp({ items = [], progress = createProgress() } = {}) {
  if (isCheckout() && !programIsFresh()) await makeProgram(progress);
  if (items.length > 0) await provisionItems(items, progress);
}

/** An installed package comes built; only a checkout has sources to build from. */
const isCheckout = () => existsSync(join(ROOT, 'tsconfig.build.json'));

const programIsFresh = () =>
  dependenciesAreFresh(ROOT) && buildIsFresh(ROOT) && !bundleIsStale(ROOT) && !snapshotIsMissing(ROOT);

async function makeProgram(progress) {
  const lock = await waitForLock(join(ROOT, '.crusades/setup.lock'), 'set-up', {
    onWait: ({ pid }) => progress.say(`  waiting for another set-up (process ${pid}) …`),
  });
  try {
    await checkPrerequisites();
    if (!dependenciesAreFresh(ROOT)) {
      await progress.step('Node packages', () => installDependencies(ROOT));
    }
    if (!buildIsFresh(ROOT)) await progress.step('build', () => build(ROOT));
    if (bundleIsStale(ROOT)) await progress.step('workflow bundle', () => bundle(ROOT));
    if (snapshotIsMissing(ROOT)) await progress.step('scanner', () => snapshot(ROOT));
  } finally {
    lock.release();
  }
}

async function provisionItems(items, progress) {
  const { provision } = await import(pathToFileURL(join(ROOT, 'dist/lib/provision/index.js')).href);
  const lines = new Map();
  await provision(items, {
    onWait: (pid) => progress.say(`  waiting for another set-up (process ${pid}) …`),
    onProgress({ item, title, state, note }) {
      if (state === 'started') lines.set(item, progress.openLine(title));
      if (state === 'note') lines.get(item)?.note(note);
      if (state === 'done') lines.get(item)?.close('');
      if (state === 'failed') lines.get(item)?.close(' (failed)');
    },
  });
}

/** What a person reads when set-up fails. */
export function explain(error) {
  const next = error.next ?? error.remedy;
  return next === undefined ? (error.stack ?? String(error)) : `${error.message}\n${next}`;
}

async function main(args) {
  const progress = createProgress();
  const started = performance.now();
  const items = args.includes('--build-only') ? [] : args.includes('--tests') ? TEST_ITEMS : RUN_ITEMS;
  try {
    await setUp({ items, progress });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    progress.say(progress.worked ? `Set-up done (${seconds} s).` : `Set-up is up to date (${seconds} s).`);
  } catch (error) {
    progress.say(explain(error));
    process.exitCode = 3;
  }
}

if (process.argv[1] === join(ROOT, 'scripts/setup.mjs')) await main(process.argv.slice(2));

export { SetupError };
