import type { Command } from 'commander';
import { action } from './action.js';
import { examples } from './examples.js';
import { interruptible } from './interrupt.js';

interface DemoCommandOptions {
  readonly submissions?: string;
  readonly report?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** A GPU worker that is told to stop finishes its attempt, then Temporal and Postgres put their files in order. */
const STOP_GRACE_MS = 60_000;

/** `crusades demo` */
export function registerDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'show the main job end to end on this machine: miners commit, the validator evaluates and pays',
    )
    .option('--submissions <dir>', 'use every .py of this folder, one miner each')
    .option('--report <file>', 'write what happened as one JSON document')
    .option('--keep', 'leave everything running until Ctrl-C')
    .option('--json', 'print the report instead of tables; progress goes to standard error')
    .addHelpText(
      'after',
      `
Starts Postgres, Temporal, a devnet with timelock and weights, the control worker and a GPU worker of class cpu;
four miners commit real train.py files. Takes about two minutes; ends by itself. It begins afresh each time.
${examples([
  ['demo', 'four programs of ours'],
  ['demo --submissions ./mine --report report.json', 'your own programs'],
])}`,
    )
    .action(action(interruptible(demo, STOP_GRACE_MS)));
}

async function demo(signal: AbortSignal, options: DemoCommandOptions): Promise<void> {
  const [{ runDemo }, { closingWords }, { reportOf }] = await Promise.all([
    import('../demo/demo.js'),
    import('../demo/closing-words.js'),
    import('../demo/report.js'),
  ]);
  const json = options.json === true;
  const tell = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  signal.addEventListener('abort', () => tell('stopping …'), { once: true });
  await runDemo(
    {
      submissions: options.submissions ?? null,
      report: options.report ?? null,
      provisionSeconds: Number(process.env['CRUSADES_PROVISION_SECONDS'] ?? 0),
      tell,
      signal,
    },
    async (outcome) => {
      if (json) process.stdout.write(`${JSON.stringify(reportOf(outcome), null, 2)}\n`);
      else tell(closingWords(outcome));
      if (options.keep !== true) return;
      tell(
        '\nEverything keeps running; `crusades status`, `crusades leaderboard` and the rest find it. Ctrl-C stops it.',
      );
      await untilAborted(signal);
    },
  );
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
