import assert from 'node:assert/strict';

import { createWallet } from '../../lib/wallet/index.js';
import { temporaryWallets, vectors } from '../lib/wallet/vectors.js';
import { runProgram } from '../support/program.js';

/** Nothing but the key is looked at before it is open: these need neither Temporal nor a ledger. */
describe('a control worker', function () {
  this.timeout(120_000);
  const wallets = temporaryWallets();
  const start = (env: NodeJS.ProcessEnv) =>
    runProgram(['worker', 'control'], {
      env: { CRUSADES_WALLET_PATH: wallets.path, CRUSADES_NETWORK: 'finney', ...env },
    });

  it('says which variable opens its encrypted hotkey, and repeats no password', async () => {
    const vault = vectors.encrypted.find(({ scheme }) => scheme === '$ANSIBLE_VAULT') ?? assert.fail();
    await wallets.write(Buffer.from(vault.file_hex, 'hex'));
    const locked = await start({});
    assert.equal(locked.code, 2, locked.stderr);
    assert.match(locked.stderr, /BT_PW_[^]*\(wallet_locked\)/);
    const wrong = await start({ BT_WALLET_PASSWORD: 'hunter2' });
    assert.equal(wrong.code, 2, wrong.stderr);
    assert.match(wrong.stderr, /\(wallet_password_wrong\)/);
    assert.doesNotMatch(wrong.stderr + wrong.stdout, /hunter2/);
  });

  it('signs with no key that everybody knows where weights are worth money', async () => {
    const phrase = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
    await createWallet(wallets, { hotkey: phrase });
    for (const env of [{}, { CRUSADES_HOTKEY_URI: '//Bob//validator' }]) {
      const end = await start(env);
      assert.equal(end.code, 2, end.stderr);
      assert.match(end.stderr, /\(wallet_wrong_network\)/);
    }
  });
});
