import type { Command } from 'commander';
import { action } from './action.js';
import { wholeNumber } from './arguments.js';
import { examples } from './examples.js';

/** `crusades worker control|gpu` */
export function registerWorkerCommand(program: Command): void {
  const worker = program
    .command('worker')
    .description('run one worker process (`crusades up` runs all that a machine needs)');

  worker
    .command('control')
    .description('run the control worker: workflows, chain, ledger and weights; holds the hotkey')
    .addHelpText(
      'after',
      `
Needs DATABASE_URL, a Temporal server (temporal.yaml or TEMPORAL_ADDRESS), CRUSADES_NETWORK and a wallet
(CRUSADES_WALLET_PATH, _NAME, _HOTKEY). An encrypted hotkey is opened with BT_WALLET_PASSWORD,
BT_WALLET_PASSWORD_FILE or what is typed on a terminal. Stops cleanly on SIGTERM and Ctrl-C.`,
    )
    .action(
      action(async () => {
        const [{ runControlWorker }, { loadSettings }, { createLogger }, { passwordPrompt }] =
          await Promise.all([
            import('../../workers/control.js'),
            import('../../lib/settings/index.js'),
            import('../../lib/telemetry/index.js'),
            import('./password-prompt.js'),
          ]);
        await runControlWorker(loadSettings(), createLogger('control'), passwordPrompt());
      }),
    );

  worker
    .command('gpu')
    .description('run the worker of one GPU; needs Temporal and the evaluator only')
    .option('--index <n>', 'which GPU of this host', wholeNumber(0, 63), 0)
    .option('--class <name>', 'GPU class, which names its task queue (default: gpu_class of the settings)')
    .option('--threads <n>', 'threads that torch may use', wholeNumber(1, 256), 1)
    .addHelpText(
      'after',
      examples([
        ['worker gpu --index 1 --class h200', 'the second GPU of a host, for the queue gpu-h200'],
        ['worker gpu --class cpu --threads 2', 'a laptop'],
      ]),
    )
    .action(
      action(async (options: { index: number; class?: string; threads: number }) => {
        const [{ runGpuWorker }, { loadSettings }, { createLogger }] = await Promise.all([
          import('../../workers/gpu.js'),
          import('../../lib/settings/index.js'),
          import('../../lib/telemetry/index.js'),
        ]);
        const settings = loadSettings();
        const gpuClass = options.class ?? settings.hparams.gpu_class;
        const { index, threads } = options;
        await runGpuWorker(settings, { index, gpuClass, threads }, createLogger(`gpu-${index}`));
      }),
    );
}
