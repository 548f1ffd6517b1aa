import assert from 'node:assert/strict';

import { arrangePayment, paymentFacts } from '../../../../clients/cli/submit/payment.js';
import type { Chain } from '../../../../lib/chain/index.js';
import { loadSettings } from '../../../../lib/settings/index.js';
import { createWallet } from '../../../../lib/wallet/index.js';
import { ALPHA, BURN_HOTKEY, MINER, PAYEE, transaction } from '../../../lib/payment/facts.js';
import { temporaryWallets } from '../../../lib/wallet/vectors.js';

const { hparams } = loadSettings({ hparamsPath: 'hparams/local.json', env: {} });
const paid = { ...hparams, payment: { ...hparams.payment, enabled: true, address: PAYEE } };

describe('arranging a payment', () => {
  const wallets = temporaryWallets();
  let coldkey = '';
  beforeEach(async () => {
    coldkey = (await createWallet(wallets)).coldkey.address;
  });

  const arrange = (
    options: Parameters<typeof arrangePayment>[3],
    { settings = paid, owner = coldkey }: { settings?: typeof hparams; owner?: string } = {},
  ) => {
    const head = async () => ({ number: 110, hash: '0x6e' });
    const chain: Partial<Chain> = {
      ...{ head, finalizedHead: head },
      hotkeysOf: async () => [BURN_HOTKEY],
      ownerOf: async () => owner,
      alphaFor: async () => ALPHA,
      balanceOf: async () => 10n ** 10n,
      stakeOf: async () => ALPHA,
      transactionAt: async () => transaction(),
    };
    const payer = { netuid: 3, hotkey: MINER, wallet: wallets };
    return arrangePayment(chain as Chain, payer, settings, options);
  };
  const reference = { block: 100, extrinsicIndex: 2 };

  it('is none where submissions are free', async () => {
    assert.deepEqual(await arrange({}, { settings: hparams }), { kind: 'free' });
  });

  it('says that options for payments have nothing to do where submissions are free', async () => {
    for (const options of [{ payment: reference }, { fromStake: true }]) {
      await assert.rejects(arrange(options, { settings: hparams }), { code: 'payment_off' });
    }
  });

  it('needs consent where nobody can be asked, in JSON too', async () => {
    for (const options of [{}, { json: true }]) {
      await assert.rejects(arrange(options), { code: 'argument_invalid', message: /--yes/ });
    }
  });

  it('tells amounts, payer and payee before anything is paid', async () => {
    const facts = Object.fromEntries(paymentFacts(await arrange({ yes: true })));
    assert.deepEqual(facts, {
      pays: 'about 0.049 alpha, for 0.05 TAO, which nobody gives back',
      to: PAYEE,
      from: `coldkey ${coldkey}, which has 10 TAO`,
      'staked with': BURN_HOTKEY,
    });
  });

  it('tells that it hands over what is staked', async () => {
    const facts = Object.fromEntries(paymentFacts(await arrange({ yes: true, fromStake: true })));
    assert.match(facts['pays'] ?? '', /from the stake that lies there/);
  });

  it('refuses a coldkey whose payment would not count, because it does not own the hotkey', () =>
    assert.rejects(arrange({ yes: true }, { owner: PAYEE }), {
      code: 'wallet_unusable',
      message: /does not own the hotkey/,
    }));

  it('verifies a payment that was made before, and needs no consent for it', async () => {
    const owner = transaction().signer ?? '';
    assert.deepEqual(await arrange({ payment: reference }, { owner }), {
      kind: 'paid',
      reference,
      alpha: ALPHA,
    });
    await assert.rejects(arrange({ payment: reference }), { code: 'payment_foreign' });
  });
});
