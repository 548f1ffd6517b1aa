import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSource } from '../../../../clients/cli/verify/source.js';
import { skip } from '../../../support/skip.js';

describe('reading a file', function () {
  // A file that is waited for would hang the test; the time is only its end.
  this.timeout(10_000);
  let folder = '';
  const at = (name: string): string => path.join(folder, name);
  const refusal = (name: string, code: string, message: RegExp): Promise<void> =>
    assert.rejects(readSource(at(name)), { name: 'CrusadesError', code, message });

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'crusades-source-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('gives its text as it is, with its byte-order mark and its line ends', async () => {
    const text = '\ufeffx = "é"\r\n\0';
    writeFileSync(at('text.py'), text);
    assert.equal(await readSource(at('text.py')), text);
  });

  for (const [what, bytes, message] of [
    ['Latin-1', Buffer.from('# ok\nx = "\xe9"\n', 'latin1'), /byte 0xe9 in line 2/],
    ['a picture', Buffer.from([0x89, 0x50, 0xff, 0xfe, 0]), /byte 0x89 in line 1/],
    ['UTF-16', Buffer.from('\ufeffx = 1\n', 'utf16le'), /UTF-16/],
    ['text that ends within a character', Buffer.from('x = 1\n\xe2\x82', 'latin1'), /byte 0xe2 in line 2/],
    ['half a character pair', Buffer.from([0xed, 0xa0, 0x80]), /byte 0xed in line 1/],
  ] as const) {
    it(`says where ${what} stops being UTF-8`, async () => {
      writeFileSync(at('encoded.py'), bytes);
      await refusal('encoded.py', 'file_not_code', message);
    });
  }

  it('does not read a file that no validator would take', async () => {
    writeFileSync(at('sparse.py'), '');
    truncateSync(at('sparse.py'), 50_000_000_000);
    await refusal('sparse.py', 'file_not_code', /50,000,000,000 bytes/);
  });

  it('does not wait for what is no file', async () => {
    execFileSync('mkfifo', [at('pipe.py')]);
    await refusal('pipe.py', 'file_unreadable', /named pipe/);
    await assert.rejects(readSource('/dev/zero'), { code: 'file_unreadable', message: /device/ });
    await assert.rejects(readSource(folder), { code: 'file_unreadable', message: /folder/ });
    const server = createServer();
    await new Promise<void>((listening) => server.listen(at('socket.py'), listening));
    try {
      await refusal('socket.py', 'file_unreadable', /socket/);
    } finally {
      server.close();
    }
  });

  it('says why the system refuses', async () => {
    symlinkSync(at('b.py'), at('a.py'));
    symlinkSync(at('a.py'), at('b.py'));
    await refusal('a.py', 'file_unreadable', /circle/);
    await refusal('missing.py', 'file_unreadable', /no such file/);
    await refusal(`${'x'.repeat(300)}.py`, 'file_unreadable', /too long/);
  });

  it('says that permission is denied', async function () {
    if (process.getuid?.() === 0) return skip(this, 'root may read everything');
    writeFileSync(at('secret.py'), 'x = 1\n');
    chmodSync(at('secret.py'), 0);
    await refusal('secret.py', 'file_unreadable', /permission denied/);
  });
});
