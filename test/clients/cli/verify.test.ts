import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProgram } from '../../support/program.js';
import { skip } from '../../support/skip.js';

describe('crusades verify', function () {
  this.timeout(150_000);
  let folder = '';
  const file = (name: string): string => path.join(folder, name);

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'crusades-verify-'));
    await writeFile(file('bad.py'), 'import os\nx = 1\n');
    await writeFile(file('binary.py'), Buffer.from([0x89, 0x50, 0xff, 0xfe, 0x00]));
    await writeFile(file('nul.py'), 'x = 1\0\n');
    await mkdir(file('empty'));
    await mkdir(file('mine/deeper'), { recursive: true });
    await writeFile(file('mine/a.py'), 'import os\nx = 1\n');
    await copyFile('test/honest/baseline.py', file('mine/deeper/good.py'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('passes an honest file, says what it cannot promise, and ends with 0', async () => {
    const { code, stdout, stderr } = await runProgram(['verify', 'test/honest/baseline.py']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^test\/honest\/baseline\.py passes the scan/);
    assert.match(stderr, /only reads the code/);
  });

  it('judges the others when one cannot be read, and ends with 1', async () => {
    const names = ['bad.py', 'missing.py', 'binary.py', 'nul.py'].map(file);
    const { code, stdout } = await runProgram(['verify', ...names, file('empty'), '--json']);
    assert.equal(code, 1);
    const verdicts = JSON.parse(stdout) as {
      file: string;
      ok: boolean;
      findings: { rule: string }[];
      error: { code: string; message: string; remedy: string } | null;
    }[];
    assert.deepEqual(
      verdicts.map(({ ok, error, findings }) => [ok, error?.code ?? findings.at(-1)?.rule]),
      [
        [false, 'forbidden_module'],
        [false, 'file_unreadable'],
        [false, 'file_not_code'],
        [false, 'source_encoding'],
        [false, 'file_unreadable'],
      ],
    );
    assert.match(verdicts[2]?.error?.message ?? '', /no UTF-8/);
    assert.match(verdicts[4]?.error?.message ?? '', /folder/);
  });

  it('ends with 2 when there is nothing but a path that is not there, and says what to do', async () => {
    const { code, stdout } = await runProgram(['verify', file('missing.py')]);
    assert.equal(code, 2);
    assert.match(stdout, /file_unreadable .*there is no such file\.\n {2}Check the path/);
  });

  it('shows every finding of a folder’s files with its place, and counts the files in the end', async () => {
    const { code, stdout } = await runProgram(['verify', file('mine')]);
    assert.equal(code, 1);
    assert.ok(stdout.includes(`${file('mine/a.py')}:1:8 forbidden_module`), stdout);
    assert.match(stdout, /is refused: \d+ rule violations?/);
    assert.ok(stdout.includes(`${file('mine/deeper/good.py')} passes the scan`), stdout);
    assert.match(stdout, /\n1 file good, 1 refused \(.* s\)\n$/);
  });

  it('writes SARIF to a file beside the usual output', async () => {
    const { code, stdout } = await runProgram(['verify', file('mine'), '--sarif', file('log.sarif')]);
    assert.equal(code, 1);
    assert.match(stdout, /is refused/);
    const log = JSON.parse(await readFile(file('log.sarif'), 'utf8')) as {
      runs: { results: { ruleId: string }[] }[];
    };
    assert.ok(log.runs[0]?.results.some(({ ruleId }) => ruleId === 'forbidden_module'));
  });

  it('says that the disk is full when the SARIF log finds no room, and not that the option is wrong', async function () {
    if (!existsSync('/dev/full')) skip(this, 'there is no /dev/full here');
    await symlink('/dev/full', file('full.sarif'));
    const { code, stderr } = await runProgram(['verify', file('mine'), '--sarif', file('full.sarif')]);
    assert.equal(code, 3);
    assert.match(stderr, /cannot be written: .*no space.*\nFree disk space.*\n\(output_unwritable\)/);
  });

  it('does not take a file that is to be checked for the SARIF log', async () => {
    const before = await readFile(file('bad.py'), 'utf8');
    const { code, stderr } = await runProgram(['verify', '--sarif', file('bad.py'), file('nul.py')]);
    assert.equal(code, 2);
    assert.match(stderr, /must end in \.sarif or \.json/);
    assert.equal(await readFile(file('bad.py'), 'utf8'), before);
  });

  it('fetches a URL as a validator does', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/train.py') response.end('def inner_steps(): pass\nimport os\n');
      else response.writeHead(404).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const local = { CRUSADES_HPARAMS: 'hparams/local.json' };
      const found = await runProgram(['verify', `${origin}/train.py`, '--json'], { env: local });
      assert.equal(found.code, 1, found.stderr);
      assert.match(found.stdout, /forbidden_module/);
      const missing = await runProgram(['verify', `${origin}/nothing.py`], { env: local });
      assert.equal(missing.code, 1);
      assert.match(missing.stdout, /fetch_failed.*HTTP 404/);
      const refused = await runProgram(['verify', `${origin}/train.py`]);
      assert.equal(refused.code, 1);
      assert.match(refused.stdout, /fetch_(address_forbidden|url_invalid)/);
    } finally {
      server.close();
    }
  });

  it('ends with 2 when it is called without a file', async () => {
    const { code, stderr } = await runProgram(['verify']);
    assert.equal(code, 2);
    assert.match(stderr, /missing required argument/);
  });
});
