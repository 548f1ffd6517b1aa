import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { completionScript } from '../../../clients/cli/completion/script.js';
import { createProgram } from '../../../clients/cli/program.js';

const run = promisify(execFile);
const program = createProgram('1');

/** What bash offers for the words, the last of which is being typed. */
const offered = async (...words: readonly string[]): Promise<string[]> => {
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_crusades
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', script], { timeout: 10_000 });
  return stdout.split('\n').filter((line) => line !== '');
};

describe('completion in bash', () => {
  it('offers commands by their beginning', async () => {
    assert.deepEqual(await offered('crusades', 'sta'), ['status']);
  });

  it('offers the options of the command', async () => {
    assert.deepEqual(await offered('crusades', 'status', '--w'), ['--watch']);
    assert.ok((await offered('crusades', 'submit', '--wallet')).includes('--wallet.name'));
  });

  it('knows commands in commands', async () => {
    assert.deepEqual(await offered('crusades', 'weights', 's'), ['show']);
    assert.ok((await offered('crusades', 'weights', 'show', '--')).includes('--limit'));
  });

  it('offers files where a file is meant', async () => {
    assert.deepEqual(await offered('crusades', 'verify', 'package.js'), ['package.json']);
    assert.deepEqual(await offered('crusades', 'benchmark', '--hparams', 'tsconfig.j'), ['tsconfig.json']);
  });

  it('offers the values that an argument may have', async () => {
    assert.deepEqual(await offered('crusades', 'completion', 'z'), ['zsh']);
  });
});

describe('completion in zsh and fish', () => {
  it('names every command', () => {
    const names = program.commands.map((command) => command.name()).filter((name) => name !== 'help');
    for (const shell of ['zsh', 'fish'] as const) {
      const script = completionScript(program, shell);
      for (const name of names) assert.ok(script.includes(name), `${shell}: ${name}`);
    }
  });

  it('leaves no quotation mark of a description open', () => {
    const script = completionScript(program, 'fish');
    for (const line of script.split('\n')) {
      const marks = line.replaceAll(/\\'/g, '').split("'").length - 1;
      assert.equal(marks % 2, 0, line);
    }
  });
});
