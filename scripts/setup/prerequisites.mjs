import { SetupError } from './project.mjs';
import { run } from './run.mjs';

const NODE_MINIMUM = [20, 19];
const PYTHON_MINIMUM = [3, 10];

/** Node and Python, the two things that set-up does not bring along. */
export async function checkPrerequisites() {
  if (isOlder(process.versions.node.split('.').map(Number), NODE_MINIMUM)) {
    throw new SetupError(
      `Node ${process.versions.node} is too old.`,
      `Install Node ${NODE_MINIMUM.join('.')} or newer, from nodejs.org or your package manager.`,
    );
  }
  const python = await pythonVersion();
  if (python === null) {
    throw new SetupError(
      'Python was not found: `python3` does not run.',
      `Install Python ${PYTHON_MINIMUM.join('.')} or newer with venv (Debian, Ubuntu: apt install python3 python3-venv).`,
    );
  }
  if (isOlder(python, PYTHON_MINIMUM)) {
    throw new SetupError(
      `Python ${python.join('.')} is too old.`,
      `Put Python ${PYTHON_MINIMUM.join('.')} or newer first on PATH as python3, or name it in CRUSADES_PYTHON.`,
    );
  }
}

async function pythonVersion() {
  try {
    const command = process.env.CRUSADES_PYTHON ?? 'python3';
    const { code, output } = await run(command, ['--version'], { timeoutSeconds: 20 });
    const found = /Python (\d+)\.(\d+)/.exec(output);
    return code === 0 && found ? [Number(found[1]), Number(found[2])] : null;
  } catch {
    return null;
  }
}

const isOlder = ([major, minor], [leastMajor, leastMinor]) =>
  major < leastMajor || (major === leastMajor && minor < leastMinor);
