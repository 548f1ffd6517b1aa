import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../setup/project.mjs';
import { runGroup } from './groups.mjs';
import { mochaCounts, pytestCounts, single, sum } from './results.mjs';

const LINT_TIMEOUT_SECONDS = 600;
const MOCHA_TIMEOUT_SECONDS = 1_100;
const PYTEST_TIMEOUT_SECONDS = 900;
/** Each with a referee of its own; more would measure one another on a small machine. */
const PYTEST_PROCESSES = '2';

// Named after the run: one that a test starts must not write into the report of its own.
const SUMMARY = join(ROOT, `.crusades/mocha-${process.pid}`);
const JUNIT = join(ROOT, `.crusades/pytest-${process.pid}.xml`);

const bin = (path) => join(ROOT, 'node_modules', path);

const nodeStep = (title, args) => ({
  title,
  group: 'lint',
  run: async () => {
    const { code } = await runGroup(process.execPath, args, {
      cwd: ROOT,
      timeoutSeconds: LINT_TIMEOUT_SECONDS,
    });
    return single(code === 0);
  },
});

/**
 * Whole programs and chains wait most of their time, for blocks, deadlines and one another: beside them the other tests
 * run. Both lanes take about as long. Each lane: its files, and those of them that another lane runs.
 */
const WAITING = ['end-to-end', 'clients', 'lib/chain'].map((folder) => `test/${folder}/**/*.test.ts`);
const LANES = [
  { files: WAITING, ignored: [] },
  { files: ['test/**/*.test.ts'], ignored: WAITING },
];

/** `files`: these instead of all, relative to the root. */
const mochaStep = (files) => ({
  title: files.length > 0 ? `mocha ${files.join(' ')}` : 'mocha, in two lanes',
  group: 'mocha',
  run: async () => {
    const lanes = files.length > 0 ? [{ files, ignored: [] }] : LANES;
    return sum(await Promise.all(lanes.map(runLane)));
  },
});

async function runLane({ files, ignored }, lane) {
  const summary = `${SUMMARY}-${lane}.json`;
  const { code } = await runGroup(
    process.execPath,
    [
      bin('mocha/bin/mocha.js'),
      '--reporter',
      join(ROOT, 'scripts/mocha-reporter.mjs'),
      '--reporter-option',
      `summary=${summary}`,
      ...ignored.flatMap((pattern) => ['--ignore', pattern]),
      ...files,
    ],
    { cwd: ROOT, timeoutSeconds: MOCHA_TIMEOUT_SECONDS },
  );
  return readOnce(summary, (file) => mochaCounts(file, code));
}

const pythonStep = (title, args) => ({
  title,
  group: 'python',
  run: async (python) => {
    if (python === null) return missingPython();
    const { code } = await runGroup(python, ['-m', ...args], {
      cwd: join(ROOT, 'evaluator'),
      timeoutSeconds: LINT_TIMEOUT_SECONDS,
    });
    return single(code === 0);
  },
});

const pytestStep = (files) => ({
  title: 'pytest',
  group: 'python',
  run: async (python) => {
    if (python === null) return missingPython();
    if (files.length === 0 && !existsSync(join(ROOT, 'evaluator/tests'))) return single(false);
    const { code } = await runGroup(
      python,
      [
        '-m',
        'pytest',
        '-n',
        PYTEST_PROCESSES,
        `--junitxml=${JUNIT}`,
        ...files.map((file) => join(ROOT, file)),
      ],
      { cwd: join(ROOT, 'evaluator'), timeoutSeconds: PYTEST_TIMEOUT_SECONDS },
    );
    return readOnce(JUNIT, (file) => pytestCounts(file, code));
  },
});

function readOnce(file, read) {
  try {
    return read(file);
  } finally {
    rmSync(file, { force: true });
  }
}

const missingPython = () => {
  console.log('  The evaluator environment for tests is missing; see the set-up above.');
  return single(false);
};

/** Steps that change nothing and measure nothing, at the same time. */
const together = (title, group, steps) => ({
  title,
  group,
  run: async (python) => sum(await Promise.all(steps.map((step) => named(step, python)))),
});

/** Says which of several steps was wrong: their output is one. */
async function named({ title, run }, python) {
  const counts = await run(python);
  if (counts.failed > 0) console.log(`  FAILED ${title}`);
  return counts;
}

/** Everything, in order. */
export const STEPS = [
  together('typecheck, eslint, prettier, generated pages', 'lint', [
    nodeStep('typecheck', [bin('typescript/bin/tsc'), '--noEmit', '-p', '.']),
    nodeStep('eslint', [bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.']),
    nodeStep('prettier', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']),
    nodeStep('generated pages', [join(ROOT, 'scripts/generate-docs.mjs'), '--check']),
  ]),
  mochaStep([]),
  together('ruff, mypy', 'python', [
    pythonStep('ruff check', ['ruff', 'check', '.']),
    pythonStep('ruff format', ['ruff', 'format', '--check', '.']),
    pythonStep('mypy', ['mypy']),
  ]),
  pytestStep([]),
];

export const GROUPS = ['lint', 'mocha', 'python'];

/** The steps of a group, or the one that runs these files. */
export const stepsFor = (chosen) => {
  if (chosen.length === 0) return STEPS;
  if (GROUPS.includes(chosen[0])) return STEPS.filter(({ group }) => group === chosen[0]);
  return chosen[0].endsWith('.py') ? [pytestStep(chosen)] : [mochaStep(chosen)];
};
