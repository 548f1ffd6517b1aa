import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { temporaryWallets, vectors } from './vectors.js';

const program = fileURLToPath(new URL('./fixtures/load-and-dump.ts', import.meta.url));

describe('the memory of a process that has loaded an encrypted key', () => {
  const wallets = temporaryWallets();

  it('holds the address, but neither mnemonic, seed, private key nor password', async function () {
    this.timeout(120_000);
    const { file_hex, password, ss58 } =
      vectors.encrypted.find(({ name }) => name === 'hotkey, encrypted') ?? assert.fail();
    const plain = vectors.keyfiles.find((each) => each.ss58 === ss58) ?? assert.fail();
    const { secretPhrase, secretSeed, privateKey } = JSON.parse(plain.file_text) as Record<string, string>;
    await wallets.write(Buffer.from(file_hex, 'hex'));
    const { stdout: snapshot, stderr } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', program, wallets.path],
      { env: { ...process.env, BT_WALLET_PASSWORD: password }, maxBuffer: 1024 ** 3 },
    );
    assert.equal(stderr.trim(), ss58);
    assert.ok(snapshot.includes(ss58), 'the snapshot shows strings');
    for (const secret of [secretPhrase, secretSeed?.slice(2), privateKey?.slice(2), password]) {
      assert.ok(secret && !snapshot.includes(secret), 'a secret is still there');
    }
  });
});
