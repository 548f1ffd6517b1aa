// Measures what docs/measurements.md states.   npm run bench [-- --only NAME] [--json] [--help]
import { existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { explain, RUN_ITEMS, setUp } from './setup.mjs';
import { readOptions, refuse } from './setup/options.mjs';
import { ROOT } from './setup/project.mjs';

/**
 * Each bench: a module of the built program or of scripts/, and its function that returns rows of
 * `{name, value, unit, target?}`; a target is the largest value that is good.
 */
const BENCHES = [
  { name: 'timelock', module: 'dist/lib/timelock/bench.js', run: 'benchTimelock' },
  { name: 'intake', module: 'scripts/bench/intake.mjs', run: 'benchIntake' },
  { name: 'fetch', module: 'scripts/bench/fetch.mjs', run: 'benchFetch' },
  { name: 'scan', module: 'scripts/bench/scan.mjs', run: 'benchScan' },
  { name: 'devnet', module: 'scripts/bench/devnet.mjs', run: 'benchDevnet' },
  { name: 'start', module: 'scripts/bench/start.mjs', run: 'benchStart' },
  { name: 'orchestration', module: 'scripts/bench/orchestration.mjs', run: 'benchOrchestration' },
];

const NAMES = BENCHES.map(({ name }) => name).join(', ');

const HELP = `npm run bench [-- OPTIONS]

Measures what docs/measurements.md states, beside its targets. Other work on the machine counts against it.

  --only NAME  one bench instead of all: ${NAMES}
  --json       the results as JSON on the standard output
  --help       this text

Exit codes: 0 all targets met, 1 some missed or a bench failed, 2 wrong options, 3 not set up.
`;

const COMMAND = 'npm run bench';
const { values } = readOptions({
  command: COMMAND,
  help: HELP,
  options: { only: { type: 'string' }, json: { type: 'boolean' } },
});
const chosen = BENCHES.filter(({ name }) => values.only === undefined || values.only === name);
if (chosen.length === 0) refuse(COMMAND, `There is no bench ${values.only}; there are ${NAMES}.`);
try {
  await setUp({ items: RUN_ITEMS });
} catch (error) {
  console.error(explain(error));
  process.exit(3);
}

const results = [];
for (const bench of chosen) results.push(await measure(bench));
if (values.json) console.log(JSON.stringify({ machine: machine(), results }));
else for (const result of results) print(result);
process.exitCode = results.every(({ rows, error }) => !error && rows.every(isGood)) ? 0 : 1;

async function measure({ name, module, run }) {
  const file = join(ROOT, module);
  if (!existsSync(file)) return { name, rows: [], error: `${module} is missing`, seconds: 0 };
  const started = performance.now();
  try {
    const rows = await (await import(pathToFileURL(file).href))[run]();
    return { name, rows, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    return { name, rows: [], error: explain(error), seconds: (performance.now() - started) / 1000 };
  }
}

function print({ name, rows, error, seconds }) {
  console.log(`\n${name} (${seconds.toFixed(1)} s)`);
  if (error) console.log(`  failed: ${error}`);
  const width = Math.max(0, ...rows.map((row) => row.name.length));
  for (const row of rows) {
    const target = row.target === undefined ? '' : `≤ ${row.target} ${isGood(row) ? '✓' : '✗'}`;
    console.log(
      `  ${row.name.padEnd(width)}  ${rounded(row.value).padStart(10)} ${row.unit.padEnd(4)} ${target}`,
    );
  }
}

function machine() {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
  };
}

function isGood({ value, target }) {
  return target === undefined || value <= target;
}

function rounded(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
