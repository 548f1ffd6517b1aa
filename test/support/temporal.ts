import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Context } from 'mocha';
import { paths } from '../../lib/provision/index.js';
import { loadSettings } from '../../lib/settings/index.js';
import { registerSearchAttributes } from '../../lib/temporal/register-search-attributes.js';
import { quietTemporal } from './quiet-temporal.js';
import { skip } from './skip.js';
import { workflowBundle } from './workflow-bundle.js';

/** A real Temporal server and the bundled workflows, made once for all test files of a run. */
export interface TemporalForTests {
  readonly env: TestWorkflowEnvironment;
  readonly bundle: WorkflowBundleWithSourceMap;
}

let started: Promise<TemporalForTests> | undefined;

/** To be called in a `before` hook; skips the suite, with the reason, where no server was provisioned. */
export async function temporalForTests(context: Context): Promise<TemporalForTests> {
  const cli = paths().temporalCli;
  if (cli === null) skip(context, 'no Temporal server is provisioned (run `npm test`, which does that)');
  context.timeout(120_000);
  started ??= start(cli ?? '');
  return started;
}

async function start(cli: string): Promise<TemporalForTests> {
  quietTemporal();
  const env = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: cli },
      extraArgs: [
        'matching.enableFairness=true',
        'matching.numTaskqueueReadPartitions=1',
        'matching.numTaskqueueWritePartitions=1',
      ].flatMap((entry) => ['--dynamic-config-value', entry]),
    },
  });
  const bundle = await workflowBundle();
  await registerSearchAttributes(env.connection, loadSettings().temporal);
  return { env, bundle };
}

// One server for all files: the last hook of the run takes it down.
after(async () => {
  await (await started)?.env.teardown();
});
