// Everything that has to be right before a change is taken.
//   npm test [-- --only lint|mocha|python|FILE…] [--help]
// All steps run even when one fails. The last line is `N passed, N failed, N skipped`; exit code 1 if any failed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { explain, setUp, TEST_ITEMS } from './setup.mjs';
import { readOptions, refuse } from './setup/options.mjs';
import { ROOT } from './setup/project.mjs';
import { stopAll } from './test/groups.mjs';
import { single, sum } from './test/results.mjs';
import { stepsFor } from './test/steps.mjs';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    void stopAll().then(() => process.exit(130));
  });
}

const HELP = `npm test [-- --only lint|mocha|python|FILE…]

Everything that has to be right before a change is taken. Without options all of it, with --only the linters, the
tests of one language, or these test files. The last line is \`N passed, N failed, N skipped\`.

Exit codes: 0 all passed, 1 some failed, 2 wrong options.
`;

const only = readOnly();
const program = await timed('set-up', () => prepare([]));
// Downloads, mostly: the linters need the program alone, and what needs more waits for it.
const provisioning = program.failed > 0 ? Promise.resolve(program) : prepare(TEST_ITEMS);
const provisioned = provisioning.then(developmentPython);
const counts = [];
for (const { title, run } of stepsFor(only)) counts.push(await timed(title, () => run(provisioned)));
counts.push(await provisioning);

const { passed, failed, skipped } = sum(counts);
if (skipped.length > 0) console.log('\nSkipped:');
for (const { title, reason } of skipped) console.log(`  ${title}: ${reason}`);
console.log(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed > 0 ? 1 : 0;

function readOnly() {
  const command = 'npm test';
  const { values, positionals } = readOptions({
    command,
    help: HELP,
    options: { only: { type: 'string' } },
    allowPositionals: true,
  });
  if (values.only !== undefined) return [values.only, ...positionals];
  if (positionals.length > 0) refuse(command, `Unknown argument '${positionals[0]}'`);
  return [];
}

async function timed(title, run) {
  console.log(`\n== ${title}`);
  const started = performance.now();
  const result = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { passed, failed, skipped } = result;
  console.log(`== ${title}: ${passed} passed, ${failed} failed, ${skipped.length} skipped (${seconds} s)`);
  return result;
}

async function prepare(items) {
  try {
    await setUp({ items });
    return single(true);
  } catch (error) {
    console.log(explain(error));
    return single(false);
  }
}

async function developmentPython() {
  const provisioning = join(ROOT, 'dist/lib/provision/index.js');
  if (!existsSync(provisioning)) return null;
  const { paths } = await import(pathToFileURL(provisioning).href);
  return paths().evaluatorDevPython;
}
