import type { Command } from 'commander';
import type { Finding, FindingStatus } from '../../lib/doctor/index.js';
import type { ProvisionItem } from '../../lib/provision/index.js';
import { action, EXIT } from './action.js';

interface DoctorOptions {
  readonly fix?: boolean;
  readonly chain?: boolean;
  readonly json?: boolean;
}

/** `crusades doctor` */
export function registerDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check what this host needs, and say how to get what is missing')
    .option('--fix', 'provide what can be provided: Temporal, Postgres, the evaluator’s environment')
    .option(
      '--chain',
      'also compare the runtime of the configured endpoint with what this program uses of it',
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExit code 1 when something is missing that commands need.')
    .action(
      action(async (options: DoctorOptions) => {
        const { CHECKED_ITEMS, examine } = await import('../../lib/doctor/index.js');
        if (options.fix) await fix(CHECKED_ITEMS);
        const findings = await examine({ chainRuntime: options.chain === true });
        const healthy = findings.every(({ status }) => status !== 'fail');
        if (options.json) process.stdout.write(`${JSON.stringify({ ok: healthy, findings })}\n`);
        else await print(findings);
        return healthy ? EXIT.good : EXIT.no;
      }),
    );
}

async function fix(items: readonly ProvisionItem[]): Promise<void> {
  const { provision } = await import('../../lib/provision/index.js');
  await provision(items, {
    onProgress: ({ title, state, note }) => {
      const words = { started: '…', note: note ?? '', done: 'done', failed: 'failed' }[state];
      process.stderr.write(`${title}: ${words}\n`);
    },
    onWait: (pid) => process.stderr.write(`waiting for another set-up (process ${pid}) …\n`),
  });
}

async function print(findings: readonly Finding[]): Promise<void> {
  const { default: colors } = await import('picocolors');
  const marks: Readonly<Record<FindingStatus, string>> = {
    ok: colors.green('✓'),
    warn: colors.yellow('!'),
    fail: colors.red('✗'),
  };
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, status, detail, remedy } of findings) {
    console.log(`${marks[status]} ${name.padEnd(width)}  ${detail}`);
    if (remedy !== null) console.log(`  ${' '.repeat(width)}  → ${remedy}`);
  }
}
