import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ITEM_TITLES, missingItems, paths, type ProvisionItem } from '../provision/index.js';
import { fail, ok, type Finding } from './types.js';

const run = promisify(execFile);

const VERSION_TIMEOUT_MS = 20_000;
/** The first import after a start of the machine reads a gigabyte. */
const IMPORT_TIMEOUT_MS = 120_000;
const FIX = 'Run `crusades doctor --fix`.';
const IMPORT = `import torch, transformers
cuda = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no CUDA device"
print(f"torch {torch.__version__}, transformers {transformers.__version__}, {cuda}")`;

/** What `--fix` provides. */
export const CHECKED_ITEMS: readonly ProvisionItem[] = ['temporal-cli', 'postgres', 'evaluator'];

export const checkTemporalCli = async (): Promise<Finding> => {
  const { temporalCli } = paths();
  return temporalCli === null
    ? missing('temporal-cli')
    : firstLineOf(ITEM_TITLES['temporal-cli'], temporalCli, ['--version'], VERSION_TIMEOUT_MS);
};

export const checkPostgresPrograms = async (): Promise<Finding> => {
  const { postgres } = paths();
  return postgres === null
    ? missing('postgres')
    : firstLineOf(ITEM_TITLES.postgres, postgres.postgres, ['--version'], VERSION_TIMEOUT_MS);
};

/** That the packages are there says little: they are imported. */
export const checkEvaluator = async (): Promise<Finding> => {
  const { evaluatorPython } = paths();
  return evaluatorPython === null || missingItems(['evaluator']).length > 0
    ? missing('evaluator')
    : firstLineOf(ITEM_TITLES.evaluator, evaluatorPython, ['-c', IMPORT], IMPORT_TIMEOUT_MS);
};

const missing = (item: ProvisionItem): Finding => fail(ITEM_TITLES[item], 'not provisioned', FIX);

const firstLineOf = async (
  name: string,
  command: string,
  args: readonly string[],
  timeout: number,
): Promise<Finding> => {
  try {
    const { stdout } = await run(command, args, { timeout });
    return ok(name, stdout.split('\n')[0] ?? '');
  } catch (error) {
    const reason = String((error as { stderr?: string }).stderr || error)
      .trim()
      .split('\n')
      .at(-1);
    return fail(
      name,
      `${command} does not work: ${reason}`,
      `Remove ${paths().cache} and run \`crusades doctor --fix\`.`,
    );
  }
};
