import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { createProgram } from '../../../clients/cli/program.js';
import { cliReference } from '../../../clients/cli/reference.js';
import { startOf } from '../../support/built.js';
import { runProgram } from '../../support/program.js';
import { skip } from '../../support/skip.js';

const leaves = (command: Command, names: readonly string[] = []): { path: string; command: Command }[] =>
  command.commands.length === 0
    ? [{ path: names.join(' '), command }]
    : command.commands.flatMap((inner) => leaves(inner, [...names, inner.name()]));

/** Commands that answer with something else than a document of their own. */
const WITHOUT_JSON = ['completion', 'worker control', 'worker gpu'];

describe('the program', function () {
  this.timeout(150_000);

  it('has examples or notes under the help of every command, and --json where it answers', () => {
    const commands = leaves(createProgram('1'));
    assert.ok(commands.length >= 18, String(commands.length));
    for (const { path, command } of commands) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      assert.ok(help.length > command.helpInformation().length, `${path} has nothing under its help`);
      const hasJson = command.options.some(({ long }) => long === '--json');
      assert.equal(hasJson, !WITHOUT_JSON.includes(path), path);
    }
  });

  it('documents every command in its reference', () => {
    const page = cliReference();
    for (const { path } of leaves(createProgram('1'))) {
      assert.match(page, new RegExp(`^#{2,3} crusades ${path}$`, 'm'));
    }
  });

  for (const [what, args] of [
    ['an unknown command', ['statsu']],
    ['an unknown option', ['status', '--nothing']],
    ['an unknown option of a command in a command', ['weights', 'show', '--nothing']],
    ['an operator’s action without a reason', ['pause']],
    ['a reason that is empty', ['pause', '--reason', ' ']],
    ['a priority that there is not', ['prioritise', 'x', '--priority', '6', '--reason', 'y']],
    ['an unknown shell', ['completion', 'tcsh']],
    ['a number that is none', ['leaderboard', '--limit', 'many']],
  ] as const) {
    it(`ends with 2 for ${what}`, async () => {
      const { code, stdout, stderr } = await runProgram(args);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, '');
      assert.doesNotMatch(stderr, /\n {4}at /);
    });
  }

  it('suggests what was meant', async () => {
    assert.match((await runProgram(['statsu'])).stderr, /Did you mean status\?/);
  });

  it('ends with 3 and a remedy when there is nothing to read from, in JSON where asked', async () => {
    const inWords = await runProgram(['status', '0123456789ab'], {
      env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
    assert.equal(inWords.code, 3);
    // Whoever names a Temporal server and no database means Temporal.
    assert.match(
      inWords.stderr,
      /No Temporal server answers at 127\.0\.0\.1:1.*\n.*\n\(temporal_unreachable\)/,
    );
    const asData = await runProgram(['leaderboard', '--json'], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });
    assert.equal(asData.code, 3);
    assert.equal((JSON.parse(asData.stdout) as { error: { code: string } }).error.code, 'ledger_unreachable');
  });

  it('says so when the disk that it writes to is full', async function () {
    if (!existsSync('/dev/full')) skip(this, 'there is no /dev/full here');
    const program = [process.execPath, ...(await startOf('clients/cli/main.ts')), 'verify', '--json'];
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', 'exec "$@" > /dev/full', 'sh', ...program, 'test/honest/baseline.py'],
      { encoding: 'utf8', timeout: 60_000 },
    );
    assert.equal(status, 3, stderr);
    assert.match(stderr, /cannot be written: .*no space.*\nFree disk space.*\n\(output_unwritable\)/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  it('lists every mistake of the settings and ends with 2', async () => {
    const env = { DATABASE_URL: 'mysql://x', CRUSADES_NETWORK: '!', CRUSADES_ENDPOINT: 'http://x' };
    const { code, stderr } = await runProgram(['status'], { env });
    assert.equal(code, 2);
    for (const name of Object.keys(env)) assert.ok(stderr.includes(name), name);
  });

  it('ends cleanly on Ctrl-C while it works', async () => {
    const { code, stderr } = await runProgram(['benchmark', 'test/honest/baseline.py'], {
      onOutput: (output, kill) => {
        if (output.includes('…')) kill('SIGINT');
      },
    });
    assert.equal(code, 130, stderr);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });
});
