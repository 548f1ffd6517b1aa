import assert from 'node:assert/strict';

import { forgetPasswords, withoutPasswords } from '../../../lib/wallet/index.js';
import { passwordFromEnvironment, passwordVariable } from '../../../lib/wallet/password.js';
import { refused, temporaryWallets, vectors } from './vectors.js';

describe('passwordFromEnvironment', () => {
  const wallets = temporaryWallets();
  const { keyfile_path, name, password, value } = vectors.password_variable;
  const found = async (
    env: Record<string, string>,
  ): Promise<{ text: string; source: string | null } | null> => {
    const result = await passwordFromEnvironment(keyfile_path, env);
    return result && { text: Buffer.from(result.bytes).toString(), source: result.source };
  };

  it('names the variable of a keyfile as the official tools do', () => {
    assert.equal(passwordVariable(keyfile_path), name);
  });

  it('reads that variable’s veiled value as the official tools do', async () => {
    assert.deepEqual(await found({ [name]: value }), { text: password, source: name });
  });

  it('takes the variable of this very file before the one for any key', async () => {
    assert.equal((await found({ BT_WALLET_PASSWORD: 'other', [name]: value }))?.text, password);
  });

  it('takes the variable for any key before the file of a password', async () => {
    const file = await wallets.write('from a file');
    const env = { BT_WALLET_PASSWORD: 'plain', BT_WALLET_PASSWORD_FILE: file };
    assert.deepEqual(await found(env), { text: 'plain', source: 'BT_WALLET_PASSWORD' });
  });

  it('reads a password from a file without the line feed at its end', async () => {
    const file = await wallets.write('correct horse\n');
    const source = 'BT_WALLET_PASSWORD_FILE';
    assert.deepEqual(await found({ [source]: file }), { text: 'correct horse', source });
  });

  it('says so when the file of the password cannot be read', () =>
    refused(found({ BT_WALLET_PASSWORD_FILE: '/nowhere' }), 'wallet_locked', /names \/nowhere/));

  it('finds none where nothing or an empty text is set', async () => {
    assert.equal(await found({}), null);
    assert.equal(await found({ BT_WALLET_PASSWORD: '', [name]: '' }), null);
  });
});

describe('forgetPasswords', () => {
  const others = { BT_WALLET_NAME: 'miner', PATH: '/bin' };

  it('takes every password out of the environment and nothing else', () => {
    const env = { BT_WALLET_PASSWORD: 'a', BT_WALLET_PASSWORD_FILE: '/f', BT_PW__X: 'b', ...others };
    assert.deepEqual(withoutPasswords(env), others);
    assert.ok('BT_WALLET_PASSWORD' in env);
    forgetPasswords(env);
    assert.deepEqual(env, others);
  });
});
