// Scans random and broken files for as long as it is told, and looks for one that breaks the scanner.
//   npm run fuzz [-- --minutes N] [--seed N] [--json] [--input FILE] [--help]
// Runs the sources as they are, by tsx, like the tests: nothing is built. Exit code 1: something broke it or took too long, and is kept.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readOptions, refuse } from './setup/options.mjs';
import { ROOT } from './setup/project.mjs';

const HELP = `npm run fuzz [-- OPTIONS]

Scans random programs, mangled files, bytes and bombs with the real scanner in its worker.

  --minutes N   how long (default 10)
  --seed N      start of the random inputs; the same seed draws the same ones (default: a random one, which is printed)
  --json        the summary as JSON on the standard output
  --input FILE  scan this file alone, such as one that a former run has kept
  --help        this text

What breaks it, and what takes it longer than 5 s, is kept in .crusades/fuzz.

Exit codes: 0 nothing did, 1 something did, 2 wrong options, 3 not set up, 130 interrupted.
`;

const COMMAND = 'npm run fuzz';
const options = readChosen();
if (!existsSync(join(ROOT, 'node_modules/tsx'))) fail(3, 'Node packages are missing.\nRun `npm run setup`.');
const { register } = await import('tsx/esm/api');
register();
const { fuzz, outcomeOf } = await import(pathToFileURL(join(ROOT, 'test/lib/scan/fuzz/run.ts')).href);

process.exitCode = options.input === undefined ? await fuzzing() : await alone(options.input);

async function fuzzing() {
  const { seed, minutes, json } = options;
  if (!json) console.log(`seed ${seed}, ${minutes} min`);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const summary = await fuzz({ seed, seconds: minutes * 60, signal: stop.signal, onProgress: progress() });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const [crashes, slow] = [summary.crashes, summary.slow].map((inputs) =>
    inputs.map(({ text, ...input }) => ({ ...input, ...kept(text) })),
  );
  if (json) console.log(JSON.stringify({ ...summary, crashes, slow, interrupted: stop.signal.aborted }));
  else print({ ...summary, crashes, slow });
  if (crashes.length + slow.length > 0) return 1;
  return stop.signal.aborted ? 130 : 0;
}

async function alone(file) {
  const { createScanner } = await import(pathToFileURL(join(ROOT, 'lib/scan/index.ts')).href);
  const text = readText(file);
  const scanner = createScanner();
  process.once('SIGINT', () => void scanner.close());
  try {
    const outcome = await outcomeOf(text, scanner);
    if (options.json) console.log(JSON.stringify(outcome));
    else console.log(outcome.kind === 'report' ? told(outcome.report) : `${outcome.kind}: ${outcome.reason}`);
    return outcome.kind === 'crash' ? 1 : 0;
  } finally {
    await scanner.close();
  }
}

function told({ ok, seconds, findings }) {
  return `${ok ? 'passes' : 'is refused'} after ${seconds.toFixed(3)} s, ${findings.length} finding(s)`;
}

/** One line on a terminal, renewed twice a second. */
function progress() {
  if (!process.stderr.isTTY) return undefined;
  let shown = 0;
  return ({ inputs, seconds, slowest, crashes, slow }) => {
    if (seconds - shown < 0.5) return;
    shown = seconds;
    const rate = (inputs / seconds).toFixed(0);
    const line = `${seconds.toFixed(0)} s: ${inputs} inputs, ${rate}/s, slowest ${slowest.seconds.toFixed(2)} s, ${crashes.length} crashes, ${slow.length} too slow`;
    process.stderr.write(`\r\u001b[K${line}`);
  };
}

function print({ inputs, seconds, parsed, rejected, slowest, limits, crashes, slow }) {
  console.log(
    `${inputs} inputs in ${seconds.toFixed(1)} s, ${(inputs / Math.max(seconds, 1)).toFixed(1)} a second`,
  );
  console.log(`  parsed    ${parsed}`);
  console.log(`  refused   ${rejected}`);
  console.log(`  slowest   ${slowest.seconds.toFixed(3)} s (${slowest.kind}, number ${slowest.index})`);
  const refusals = Object.entries(limits).sort(([, a], [, b]) => b - a);
  console.log(`  limits    ${refusals.reduce((sum, [, count]) => sum + count, 0)}`);
  for (const [reason, count] of refusals) console.log(`    ${count} × ${reason}`);
  printKept('crashes ', crashes);
  printKept('too slow', slow);
}

function printKept(title, inputs) {
  console.log(`  ${title}  ${inputs.length}`);
  for (const { index, kind, reason, path } of inputs) {
    console.log(`    number ${index}, ${kind}: ${reason}`);
    console.log(`      npm run fuzz -- --input ${path}`);
  }
}

/** Where a text that broke the scanner can be found afterwards. */
function kept(text) {
  const folder = join(ROOT, '.crusades/fuzz');
  mkdirSync(folder, { recursive: true });
  // Half a pair of characters is no UTF-8, so it is kept as JSON.
  const isPlain = text.isWellFormed();
  const name = `${createHash('sha256').update(text).digest('hex').slice(0, 12)}${isPlain ? '.py' : '.json'}`;
  const path = join(folder, name);
  writeFileSync(path, isPlain ? text : JSON.stringify(text));
  return { path: relative(process.cwd(), path) };
}

function readText(file) {
  try {
    const text = readFileSync(file, 'utf8');
    return file.endsWith('.json') ? JSON.parse(text) : text;
  } catch (error) {
    return fail(2, `${file} cannot be read: ${error.message}.\nName a file that a former run has kept.`);
  }
}

function readChosen() {
  const { values } = readOptions({
    command: COMMAND,
    help: HELP,
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      json: { type: 'boolean', default: false },
      input: { type: 'string' },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0))
    refuse(COMMAND, `--minutes ${values.minutes} is no time; give a number above 0, such as 0.5.`);
  if (!Number.isInteger(seed)) refuse(COMMAND, `--seed ${values.seed} is no whole number.`);
  return { ...values, minutes, seed };
}

function fail(code, message) {
  console.error(message);
  process.exit(code);
}
