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
  run: async (provisioned) => {
    await provisioned;
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
  run: async (provisioned) => {
    const python = await provisioned;
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
  run: async (provisioned) => {
    const python = await provisioned;
    if (python === null) return missingPython();
    if (files.length === 0 && !existsSync(join(ROOT, 'evaluator/tests'))) return single(false);
    const { code } = await runGroup(
      python,
      [
        '-m',
        'pytest',
        '-n',
        PYTEST_PROCESSES,
        // What costs much to set up belongs to one of the processes: marks named xdist_group.
        '--dist=loadgroup',
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
const together = (steps) => ({
  title: steps.map(({ title }) => title).join(', '),
  run: async (provisioned) => sum(await Promise.all(steps.map((step) => named(step, provisioned)))),
});

/** Says which of several steps was wrong: their output is one. */
async function named({ title, run }, provisioned) {
  const counts = await run(provisioned);
  if (counts.failed > 0) console.log(`  FAILED ${title}`);
  return counts;
}

const NODE_LINTERS = [
  nodeStep('typecheck', [bin('typescript/bin/tsc'), '--noEmit', '-p', '.']),
  nodeStep('eslint', [bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.']),
  nodeStep('prettier', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']),
  nodeStep('generated pages', [join(ROOT, 'scripts/generate-docs.mjs'), '--check']),
];
const PYTHON_LINTERS = [
  pythonStep('ruff check', ['ruff', 'check', '.']),
  pythonStep('ruff format', ['ruff', 'format', '--check', '.']),
  pythonStep('mypy', ['mypy']),
];

/** Everything, in order. ESLint takes as long as all other linters one after the other, on a core of its own. */
export const STEPS = [together([...NODE_LINTERS, ...PYTHON_LINTERS]), mochaStep([]), pytestStep([])];

export const GROUPS = {
  lint: [together(NODE_LINTERS)],
  mocha: [mochaStep([])],
  python: [together(PYTHON_LINTERS), pytestStep([])],
};

/**
 * The steps of a group, or the one that runs these files. What a step's `run` is given: a promise of the Python of
 * tests, null if there is none, which is kept once all that tests need has been provisioned.
 */
export const stepsFor = (chosen) => {
  if (chosen.length === 0) return STEPS;
  if (Object.hasOwn(GROUPS, chosen[0])) return GROUPS[chosen[0]];
  return chosen[0].endsWith('.py') ? [pytestStep(chosen)] : [mochaStep(chosen)];
};
