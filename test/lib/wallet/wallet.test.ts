import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { u8aToHex } from '@polkadot/util';
import { encodeAddress, signatureVerify } from '@polkadot/util-crypto';

import {
  coldkeyAddress,
  createWallet,
  keyFromUri,
  loadColdkey,
  loadHotkey,
} from '../../../lib/wallet/index.js';
import { refused, temporaryWallets, vectors } from './vectors.js';

describe('wallets', () => {
  const wallets = temporaryWallets();

  for (const { name, kind, ss58, file_text } of vectors.keyfiles) {
    if (kind.endsWith('pub')) {
      it(`say that the ${name} cannot sign`, async () => {
        await wallets.write(file_text);
        await refused(loadHotkey(wallets), 'wallet_malformed', /no secret to sign with/);
      });
      continue;
    }
    it(`load the ${name}, and its signatures verify`, async () => {
      await wallets.write(file_text);
      const key = await loadHotkey(wallets);
      assert.equal(key.address, ss58);
      assert.ok(signatureVerify('weights', key.sign('weights'), ss58).isValid);
    });
  }

  for (const { name, file_text, official } of vectors.loader) {
    const onlyAddress = name === 'JSON with ss58Address only';
    it(`treat a ${name} as the official loader does${onlyAddress ? ', except that it must sign' : ''}`, async () => {
      await wallets.write(file_text);
      if (official.ss58 === undefined || onlyAddress) await refused(loadHotkey(wallets), 'wallet_malformed');
      else assert.equal((await loadHotkey(wallets)).address, official.ss58);
    });
  }

  it('tell the address of a coldkey from its public file, without opening the key', async () => {
    const { ss58, file_text } = vectors.keyfiles.find(({ kind }) => kind === 'coldkeypub') ?? assert.fail();
    await wallets.write(file_text, 'coldkeypub.txt', 0o644);
    await wallets.write('$NACL, and nobody knows its password', 'coldkey');
    assert.equal(await coldkeyAddress(wallets), ss58);
  });

  for (const content of ['', 'hello', '[]', '{}', '{"ss58Address": "5Dfh"}']) {
    it(`say that a public file ${JSON.stringify(content)} holds no address`, async () => {
      await wallets.write(content, 'coldkeypub.txt');
      await refused(coldkeyAddress(wallets), 'wallet_malformed', /ss58Address/);
    });
  }

  it('name the file that does not exist', () =>
    refused(
      loadHotkey({ path: wallets.path, name: 'nobody', hotkey: 'one' }),
      'wallet_unusable',
      /nobody\/hotkeys\/one.*does not exist/,
    ));

  it('refuse a directory in place of a key', async () => {
    await mkdir(path.join(wallets.path, 'default', 'hotkeys', 'default'), { recursive: true });
    await refused(loadHotkey(wallets), 'wallet_unusable', /is a directory/);
  });

  it('refuse a file that is far too large for a key without reading it', async () => {
    await wallets.write('x'.repeat(70_000));
    await refused(loadHotkey(wallets), 'wallet_malformed', /70000 bytes/);
  });

  it('refuse bytes that are no text', async () => {
    await wallets.write(Uint8Array.from([0xff, 0xfe, 0, 1, 2]));
    await refused(loadHotkey(wallets), 'wallet_malformed');
  });

  for (const name of ['', '.', '..', '../other', 'a/b', 'a\\b']) {
    it(`refuse the name ${JSON.stringify(name)}`, () =>
      refused(loadHotkey({ path: wallets.path, name }), 'wallet_unusable', /is not a name/));
  }

  it('refuse a key that others may read, and say how to close it', async () => {
    const file = await wallets.write('//', 'hotkeys/default', 0o600);
    await chmod(file, 0o644);
    await refused(loadHotkey(wallets), 'wallet_exposed', /read by others than its owner \(mode 0644\)/);
  });

  for (const folder of ['default/hotkeys', 'default', '']) {
    it(`refuse a key that others may replace through the folder ${folder || 'of all wallets'}`, async () => {
      await wallets.write('//');
      const open = path.join(wallets.path, folder);
      await chmod(open, 0o757);
      await refused(
        loadHotkey(wallets),
        'wallet_replaceable',
        new RegExp(`the folder ${open} may be written to by everybody \\(mode 0757\\)`),
      );
      await chmod(open, 0o1757);
      await refused(loadHotkey(wallets), 'wallet_malformed');
      await chmod(open, 0o755);
    });
  }

  it('refuse a key that others may replace where a link leads', async () => {
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'elsewhere-'));
    await mkdir(path.join(wallets.path, 'default', 'hotkeys'), { recursive: true });
    await writeFile(path.join(elsewhere, 'key'), '//', { mode: 0o600 });
    await rm(path.join(wallets.path, 'default', 'hotkeys', 'default'), { recursive: true, force: true });
    await symlink(path.join(elsewhere, 'key'), path.join(wallets.path, 'default', 'hotkeys', 'default'));
    await chmod(elsewhere, 0o777);
    await refused(loadHotkey(wallets), 'wallet_replaceable', new RegExp(elsewhere));
    await rm(elsewhere, { recursive: true });
  });

  it('refuse a key whose address is written for another network', async () => {
    const { publicKey } = keyFromUri('//Alice//stash');
    const phrase = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk//Alice//stash';
    const secretPhrase = phrase.split('//')[0];
    await wallets.write(
      JSON.stringify({
        secretPhrase,
        ss58Address: encodeAddress(keyFromUri(secretPhrase ?? '').publicKey, 0),
      }),
    );
    await refused(loadHotkey(wallets), 'wallet_wrong_network', /another network/);
    await wallets.write(JSON.stringify({ secretPhrase, ss58Address: encodeAddress(publicKey, 0) }));
    await refused(loadHotkey(wallets), 'wallet_malformed', /is not the address of its secret/);
  });

  for (const network of ['finney', 'test']) {
    it(`refuse a key that everybody knows on ${network}`, async () => {
      await createWallet(wallets, {
        hotkey: 'bottom drive obey lake curtain smoke basket hold race lonely fit walk',
      });
      await refused(
        loadHotkey(wallets, { network }),
        'wallet_wrong_network',
        new RegExp(`development key.*${network}`),
      );
      assert.ok((await loadHotkey(wallets, { network: 'devnet' })).address);
    });
  }

  it('never repeat key material in an error', async () => {
    const secret = 'legal winner thank year wave sausage worth useful legal winner thank yelow';
    await wallets.write(JSON.stringify({ secretPhrase: secret, ss58Address: 'x' }));
    await assert.rejects(loadHotkey(wallets), (error: Error) => {
      const told = [error.message, String(error.cause), JSON.stringify(error)].join('\n');
      return !told.includes('winner');
    });
  });

  it('load what createWallet wrote, readable by the owner only', async () => {
    const created = await createWallet({ path: wallets.path, name: 'miner', hotkey: 'first' });
    const location = { path: wallets.path, name: 'miner', hotkey: 'first' };
    assert.equal((await loadHotkey(location)).address, created.hotkey.address);
    assert.equal((await loadColdkey(location)).address, created.coldkey.address);
    assert.equal(await coldkeyAddress(location), created.coldkey.address);
    for (const file of ['coldkey', 'coldkeypub.txt', 'hotkeys/first', 'hotkeys/firstpub.txt']) {
      assert.equal((await stat(path.join(wallets.path, 'miner', file))).mode & 0o777, 0o600, file);
    }
  });

  it('never replace an existing key', async () => {
    await createWallet(wallets);
    await refused(createWallet(wallets), 'wallet_unusable', /exists already/);
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
