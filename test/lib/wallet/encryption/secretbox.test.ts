import assert from 'node:assert/strict';

import { signatureVerify } from '@polkadot/util-crypto';

import { WrongPassword } from '../../../../lib/wallet/encryption/index.js';
import { openBox, secretboxKey } from '../../../../lib/wallet/encryption/secretbox.js';
import { readKeyfile } from '../../../../lib/wallet/keyfile.js';
import { coldkeyBox, damaged, isOfOneKey, vectors } from '../vectors.js';

describe('a secretbox', () => {
  const boxOf = (file: Buffer): Buffer => file.subarray('$NACL'.length);
  let key: Uint8Array;

  before('derive the key', async function () {
    this.timeout(120_000);
    key = await secretboxKey(Buffer.from(coldkeyBox.password));
  });

  for (const { name, ss58, file_hex } of vectors.encrypted.filter(isOfOneKey)) {
    it(`holds a key that signs, as the official tools wrote it: ${name}`, () => {
      const pair = readKeyfile(openBox(boxOf(Buffer.from(file_hex, 'hex')), key));
      assert.equal(pair.address, ss58);
      assert.ok(signatureVerify('weights', pair.sign('weights'), ss58).isValid);
    });
  }

  for (const { name, official } of vectors.decrypt_failures.filter(isOfOneKey)) {
    it(`is refused like one of another password, as by the official tools: ${name}`, () => {
      assert.match(official.error, /^WrongPassword/);
      const file = Buffer.from(coldkeyBox.file_hex, 'hex');
      const damage = damaged[name] ?? assert.fail();
      assert.throws(() => openBox(boxOf(damage(file)), key), WrongPassword);
    });
  }
});
