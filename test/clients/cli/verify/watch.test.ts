import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ENTRY } from '../../../../lib/scan/rules/index.js';
import { runProgram } from '../../../support/program.js';

const GOOD = `${ENTRY}`;
const BAD = `import os\n${ENTRY}`;

/** What is done when the outcome of a look has the text: one step after the other. */
type Steps = readonly (readonly [text: string, then: () => void])[];

const watch = async (args: readonly string[], steps: Steps) => {
  let step = 0;
  let seen = 0;
  const end = await runProgram(['verify', '--watch', ...args], {
    onOutput: (output, kill) => {
      const [text, then] = steps[step] ?? ['', () => undefined];
      const looks = output.split('watching; Ctrl-C ends it').slice(0, -1);
      const found = looks.findIndex((look, index) => index >= seen && look.includes(text));
      if (found < 0 || step === steps.length) return;
      seen = found + 1;
      step += 1;
      then();
      if (step === steps.length) kill('SIGINT');
    },
  });
  assert.equal(step, steps.length, `step ${step} of ${steps.length}:\n${end.stdout}${end.stderr}`);
  return end;
};

describe('crusades verify --watch', function () {
  this.timeout(150_000);
  let folder = '';
  const at = (name: string): string => path.join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'crusades-watch-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('checks a file at each change, also when it is replaced, goes and comes back, and ends on Ctrl-C', async () => {
    writeFileSync(at('train.py'), BAD);
    const replace = (text: string): void => {
      writeFileSync(at('draft'), text);
      renameSync(at('draft'), at('train.py'));
    };
    const { code, stdout, stderr } = await watch(
      [at('train.py')],
      [
        ['train.py is refused', () => replace(GOOD)],
        ['train.py passes the scan', () => rmSync(at('train.py'))],
        ['there is no such file', () => writeFileSync(at('train.py'), BAD)],
        ['train.py is refused', () => undefined],
      ],
    );
    assert.equal(code, 130);
    assert.doesNotMatch(stdout + stderr, /\n {4}at /);
  });

  it('sees new files and folders, and checks again only what has changed', async () => {
    writeFileSync(at('a.py'), GOOD);
    const { stdout } = await watch(
      [folder],
      [
        [
          'a.py passes the scan',
          () => {
            mkdirSync(at('new'));
            writeFileSync(at('new/b.py'), BAD);
          },
        ],
        ['b.py is refused', () => undefined],
      ],
    );
    assert.equal(stdout.split('a.py passes the scan').length, 2);
    assert.match(stdout, /1 file good, 1 refused/);
  });

  it('is refused for what tells of no changes', async () => {
    for (const args of [['https://example.com/train.py'], [folder, '--json'], [folder, '--sarif']]) {
      const { code, stdout, stderr } = await runProgram(['verify', '--watch', ...args]);
      assert.equal(code, 2);
      assert.match(stdout + stderr, /--watch: /);
    }
  });
});
