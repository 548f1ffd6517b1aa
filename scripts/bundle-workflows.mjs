import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { ROOT } from './setup/project.mjs';

// Webpack's own account of the bundle is noise unless something is wrong.
const quiet = () => {};
const logger = {
  log: quiet,
  trace: quiet,
  debug: quiet,
  info: quiet,
  warn: console.warn,
  error: console.error,
};

const { code } = await bundleWorkflowCode({ workflowsPath: join(ROOT, 'dist/workflows/index.js'), logger });
writeFileSync(join(ROOT, 'dist/workflow-bundle.js'), code);
