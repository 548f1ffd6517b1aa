import assert from 'node:assert/strict';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { developmentKey } from '../../../lib/devnet/index.js';

describe('development keys', () => {
  before(() => cryptoWaitReady());

  it('are those of Substrate’s development phrase', () => {
    const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
    for (const path of ['//Alice', '//Bob//validator']) {
      assert.equal(developmentKey(path).address, keyring.addFromUri(path).address);
    }
    assert.equal(developmentKey('//Alice').address, '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY');
  });
});
