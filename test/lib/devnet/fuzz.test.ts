import assert from 'node:assert/strict';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { fuzzScale } from '../../../lib/devnet/fuzz.js';

describe('whatever decodes bytes from outside', () => {
  before(() => cryptoWaitReady());

  it('ends in a value or in a refusal of its own, for any bytes', function () {
    this.timeout(60_000);
    const { decoded, crashes } = fuzzScale(10_000, 7);
    assert.deepEqual(crashes, []);
    assert.ok(decoded > 1_000, `only ${decoded} decoded`);
  });
});
