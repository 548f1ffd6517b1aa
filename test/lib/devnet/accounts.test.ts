import assert from 'node:assert/strict';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { u8aToHex } from '@polkadot/util';
import {
  developmentAccount,
  developmentKey,
  FUNDED_ACCOUNTS,
  GENESIS_NEURONS,
} from '../../../lib/devnet/index.js';

describe('development keys', () => {
  before(() => cryptoWaitReady());

  it('are those of Substrate’s development phrase', () => {
    const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
    for (const path of ['//Alice', '//Bob//validator']) {
      assert.equal(developmentKey(path).address, keyring.addFromUri(path).address);
    }
    assert.equal(developmentKey('//Alice').address, '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY');
  });

  it('have the public keys that genesis knows them by', () => {
    const paths = [
      ...Object.keys(FUNDED_ACCOUNTS),
      ...Object.values(GENESIS_NEURONS).flatMap(({ hotkeyPath, coldkeyPath }) => [hotkeyPath, coldkeyPath]),
    ];
    for (const path of paths)
      assert.equal(developmentAccount(path), u8aToHex(developmentKey(path).publicKey).slice(2));
    assert.throws(() => developmentAccount('//Mallory'), /no path of genesis/);
  });
});
