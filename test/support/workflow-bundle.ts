import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** The workflows as workers run them, bundled from the sources once for all test files of a run. */
export const workflowBundle = (): Promise<WorkflowBundleWithSourceMap> => {
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
  return (bundle ??= bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }));
};
