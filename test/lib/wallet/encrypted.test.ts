import assert from 'node:assert/strict';

import { signatureVerify } from '@polkadot/util-crypto';

import { loadColdkey, loadHotkey } from '../../../lib/wallet/index.js';
import { coldkeyBox, damaged, isOfOneKey, refused, temporaryWallets, vectors } from './vectors.js';

/** Deriving a key by Argon2 takes 6 s on an idle core, ten million rounds of PBKDF2 take 4 s. */
const SLOW_MS = 120_000;

const asked = (...answers: string[]) => {
  const tries: number[] = [];
  const ask = async (_file: string, number: number): Promise<string | null> => {
    tries.push(number);
    return answers.shift() ?? null;
  };
  return { ask, tries };
};

describe('an encrypted keyfile', function () {
  this.timeout(SLOW_MS);
  const wallets = temporaryWallets();
  const vault = vectors.encrypted.find(({ scheme }) => scheme === '$ANSIBLE_VAULT') ?? assert.fail();
  const variables = ['BT_WALLET_PASSWORD', 'BT_WALLET_PASSWORD_FILE'];
  afterEach(() => {
    for (const name of variables) delete process.env[name];
  });

  // The others: encryption/secretbox.test.ts, and memory.test.ts by way of the wallet.
  const slow = vectors.encrypted.filter((vector) => !isOfOneKey(vector));
  for (const { name, kind, ss58, password, file_hex } of slow) {
    it(`opens with its password and signs: ${name} (${password})`, async () => {
      await wallets.write(Buffer.from(file_hex, 'hex'), kind === 'hotkey' ? 'hotkeys/default' : 'coldkey');
      const load = kind === 'hotkey' ? loadHotkey : loadColdkey;
      const key = await load(wallets, asked(password));
      assert.equal(key.address, ss58);
      assert.ok(signatureVerify('weights', key.sign('weights'), ss58).isValid);
    });
  }

  for (const vector of vectors.decrypt_failures.filter((each) => !isOfOneKey(each))) {
    const { name, password, official } = vector;
    // An empty password is never asked for twice: nobody means it.
    it(`is refused as by the official tools: ${name}`, async () => {
      const file = Buffer.from(coldkeyBox.file_hex, 'hex');
      await wallets.write(damaged[name]?.(file) ?? file, 'coldkey');
      process.env['BT_WALLET_PASSWORD'] = password;
      if (password === '') await refused(loadColdkey(wallets), 'wallet_locked');
      else {
        const code = official.error.startsWith('WrongPassword')
          ? 'wallet_password_wrong'
          : 'wallet_malformed';
        await refused(loadColdkey(wallets), code);
      }
    });
  }

  it('is locked where no variable is set and nobody can be asked', async () => {
    const file = await wallets.write(Buffer.from(vault.file_hex, 'hex'), 'coldkey');
    const variable = `BT_PW_${file.replace(/[/.]/g, '_').toUpperCase()}`;
    await assert.rejects(loadColdkey(wallets), { code: 'wallet_locked', remedy: new RegExp(variable) });
  });

  it('is asked for three times, then refused', async () => {
    await wallets.write(Buffer.from(vault.file_hex, 'hex'), 'coldkey');
    const { ask, tries } = asked('one', 'two', 'three', vault.password);
    await refused(loadColdkey(wallets, { ask }), 'wallet_password_wrong', /from the terminal/);
    assert.deepEqual(tries, [1, 2, 3]);
  });

  it('opens when the second answer is right', async () => {
    await wallets.write(Buffer.from(vault.file_hex, 'hex'), 'coldkey');
    const key = await loadColdkey(wallets, asked('mistyped', vault.password));
    assert.equal(key.address, vault.ss58);
  });

  it('says which variable held the wrong password, and asks nobody', async () => {
    await wallets.write(Buffer.from(vault.file_hex, 'hex'), 'coldkey');
    process.env['BT_WALLET_PASSWORD'] = 'wrong';
    const { ask, tries } = asked(vault.password);
    await refused(loadColdkey(wallets, { ask }), 'wallet_password_wrong', /from BT_WALLET_PASSWORD /);
    assert.deepEqual(tries, []);
  });

  const broken: readonly (readonly [name: string, file: string])[] = [
    ['a vault of a format that nobody wrote', '$ANSIBLE_VAULT;1.0;AES\n00'],
    ['a vault that is cut off', Buffer.from(vault.file_hex, 'hex').toString().slice(0, 101)],
    ['a vault that is not hex', '$ANSIBLE_VAULT;1.1;AES256\nxyz!'],
    ['a token that is cut off', 'gAAAAABrBzTi8LUKhmM5'],
  ];
  for (const [name, file] of broken) {
    it(`is malformed, whatever the password: ${name}`, async () => {
      await wallets.write(file, 'coldkey');
      await refused(loadColdkey(wallets, asked('any')), 'wallet_malformed');
    });
  }

  it('never repeats the password in an error', async () => {
    await wallets.write(Buffer.from(vault.file_hex, 'hex'), 'coldkey');
    process.env['BT_WALLET_PASSWORD'] = 'hunter2-is-not-it';
    await assert.rejects(loadColdkey(wallets), (error: Error) => {
      return !`${error.message}${String(error.cause)}${JSON.stringify(error)}`.includes('hunter2');
    });
  });
});
