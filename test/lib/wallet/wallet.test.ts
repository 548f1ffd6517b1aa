import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { u8aToHex } from '@polkadot/util';
import { signatureVerify } from '@polkadot/util-crypto';

import { CrusadesError } from '../../../lib/errors/index.js';
import { createWallet, keyFromUri, loadColdkey, loadHotkey } from '../../../lib/wallet/index.js';

interface Vectors {
  readonly keyfiles: readonly { name: string; kind: string; ss58: string; file_text: string }[];
  readonly encrypted: readonly { name: string; file_hex: string }[];
  readonly loader: readonly {
    name: string;
    file_text: string;
    official: { ss58?: string; error?: string };
  }[];
  readonly addresses: readonly { uri: string; ss58: string; public_key: string }[];
}

const fixture = new URL('../../fixtures/wallet/keyfile-vectors.json', import.meta.url);
const vectors = JSON.parse(await readFile(fixture, 'utf8')) as Vectors;

describe('wallets', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'crusades-wallet-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const write = async (content: string | Uint8Array, hotkey = 'default'): Promise<string> => {
    const folder = path.join(root, 'default', 'hotkeys');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, hotkey), content);
    return path.join(folder, hotkey);
  };
  const refused = (promise: Promise<unknown>, text: RegExp) =>
    assert.rejects(promise, (error: unknown) => {
      assert.ok(error instanceof CrusadesError, String(error));
      assert.equal(error.code, 'wallet_unusable');
      assert.match(error.message, text);
      return true;
    });

  for (const { name, kind, ss58, file_text } of vectors.keyfiles) {
    if (kind.endsWith('pub')) {
      it(`say that the ${name} cannot sign`, async () => {
        await write(file_text);
        await refused(loadHotkey({ path: root }), /no secret to sign with/);
      });
      continue;
    }
    it(`load the ${name}, and its signatures verify`, async () => {
      await write(file_text);
      const key = await loadHotkey({ path: root });
      assert.equal(key.address, ss58);
      assert.ok(signatureVerify('weights', key.sign('weights'), ss58).isValid);
    });
  }

  for (const { name, file_text, official } of vectors.loader) {
    const onlyAddress = name === 'JSON with ss58Address only';
    it(`treat a ${name} as the official loader does${onlyAddress ? ', except that it must sign' : ''}`, async () => {
      await write(file_text);
      if (official.ss58 === undefined || onlyAddress)
        await refused(loadHotkey({ path: root }), /cannot be used/);
      else assert.equal((await loadHotkey({ path: root })).address, official.ss58);
    });
  }

  for (const { name, file_hex } of vectors.encrypted) {
    it(`say that the ${name} is encrypted`, async () => {
      await write(Buffer.from(file_hex, 'hex'));
      await refused(loadHotkey({ path: root }), /encrypted \(\$NACL\)/);
    });
  }

  it('name the file that does not exist', () =>
    refused(
      loadHotkey({ path: root, name: 'nobody', hotkey: 'one' }),
      /nobody\/hotkeys\/one.*does not exist/,
    ));

  it('refuse a directory in place of a key', async () => {
    await mkdir(path.join(root, 'default', 'hotkeys', 'default'), { recursive: true });
    await refused(loadHotkey({ path: root }), /is a directory/);
  });

  for (const name of ['', '.', '..', '../other', 'a/b', 'a\\b']) {
    it(`refuse the name ${JSON.stringify(name)}`, () =>
      refused(loadHotkey({ path: root, name }), /is not a name/));
  }

  it('never repeat key material in an error', async () => {
    const secret = 'legal winner thank year wave sausage worth useful legal winner thank yelow';
    await write(JSON.stringify({ secretPhrase: secret, ss58Address: 'x' }));
    await assert.rejects(loadHotkey({ path: root }), (error: Error) => !error.message.includes('winner'));
  });

  it('load what createWallet wrote, readable by the owner only', async () => {
    const created = await createWallet({ path: root, name: 'miner', hotkey: 'first' });
    const location = { path: root, name: 'miner', hotkey: 'first' };
    assert.equal((await loadHotkey(location)).address, created.hotkey.address);
    assert.equal((await loadColdkey(location)).address, created.coldkey.address);
    for (const file of ['coldkey', 'coldkeypub.txt', 'hotkeys/first', 'hotkeys/firstpub.txt']) {
      assert.equal((await stat(path.join(root, 'miner', file))).mode & 0o777, 0o600, file);
    }
  });

  it('never replace an existing key', async () => {
    await createWallet({ path: root });
    await refused(createWallet({ path: root }), /exists already/);
  });
});

describe('keyFromUri', () => {
  for (const { uri, ss58, public_key } of vectors.addresses) {
    it(`makes the official address of ${uri}`, () => {
      const key = keyFromUri(uri);
      assert.equal(key.address, ss58);
      assert.equal(u8aToHex(key.publicKey), `0x${public_key}`);
    });
  }
});
