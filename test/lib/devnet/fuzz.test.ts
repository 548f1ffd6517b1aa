import assert from 'node:assert/strict';
import { fuzzScale } from '../../../lib/devnet/fuzz.js';
import { loadHashing } from '../../../lib/devnet/runtime/hashing.js';

describe('whatever decodes bytes from outside', () => {
  before(() => loadHashing());

  it('ends in a value or in a refusal of its own, for any bytes', function () {
    this.timeout(60_000);
    const { decoded, crashes } = fuzzScale(10_000, 7);
    assert.deepEqual(crashes, []);
    assert.ok(decoded > 1_000, `only ${decoded} decoded`);
  });
});
