import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  CIPHERTEXT_OVERHEAD,
  decryptWithSignature,
  encryptToRound,
  failureOf,
  generateBeaconKey,
  QUICKNET,
  readUserDataEnvelope,
  signRound,
  userDataEnvelope,
} from '../../../lib/timelock/index.js';
import { bytes, hex, VECTORS } from '../../fixtures/timelock/vectors.js';

const quicknet = bytes(QUICKNET.publicKey);
const signatureOf = (round: number): Uint8Array => bytes(VECTORS.drand.signatures[round] ?? '');

describe('timelock: the recorded vector of fixed randomness', () => {
  const key = new Uint8Array(32).fill(2);
  const random = { key, sigma: new Uint8Array(32).fill(7), nonce: new Uint8Array(12).fill(9) };

  it('comes out byte for byte', () => {
    const ciphertext = encryptToRound(bytes('0c616263'), 1000, quicknet, random);
    assert.equal(ciphertext.length, 248);
    assert.equal(
      createHash('sha256').update(ciphertext).digest('hex'),
      '3fcaa0a90bec1ed2c5f540699e1744f02888583c64e5fc11d55b712087a163e5',
    );
    assert.equal(hex(decryptWithSignature(ciphertext, signatureOf(1000))), '0c616263');
  });
});

describe('timelock: ciphertexts of the official packages', () => {
  for (const vector of VECTORS.ciphertexts) {
    it(`opens "${vector.name}" of ${vector.made_by}, and seals its plaintext again`, () => {
      const signature = signatureOf(vector.round);
      assert.equal(hex(decryptWithSignature(bytes(vector.inner), signature)), vector.decrypts_to);

      const ours = encryptToRound(bytes(vector.plaintext), vector.round, quicknet);
      assert.equal(ours.length, vector.inner.length / 2);
      assert.equal(hex(decryptWithSignature(ours, signature)), vector.plaintext);
    });

    if (vector.envelope !== undefined) {
      const envelope = vector.envelope;
      it(`takes the envelope of "${vector.name}" of ${vector.made_by} off and puts it on`, () => {
        const opened = readUserDataEnvelope(bytes(envelope));
        assert.equal(hex(opened.ciphertext), vector.inner);
        assert.equal(opened.round, BigInt(vector.round));
        assert.equal(hex(userDataEnvelope(opened)), envelope);
      });
    }
  }
});

describe('timelock: damaged input, as the official packages and the pallet treat it', () => {
  for (const vector of VECTORS.negative) {
    const { name, inner, envelope, signature } = vector;
    if (signature === undefined || (inner === undefined && envelope === undefined)) continue;
    // Two cases are about the wheels' reading of hex; ours takes bytes.
    if (!/^[0-9a-f]*$/i.test(signature)) continue;
    const open = (): string => {
      const ciphertext = inner ?? hex(readUserDataEnvelope(bytes(envelope ?? '')).ciphertext);
      return hex(decryptWithSignature(bytes(ciphertext), bytes(signature)));
    };
    // Where the pallet (spec 446) is stricter than the wheels it decides: it is what opens commitments.
    const opens = vector.pallet === undefined && vector.bittensor_core.plaintext !== undefined;

    it(opens ? `opens: ${name}` : `refuses: ${name}`, () => {
      if (opens) assert.equal(open(), vector.bittensor_core.plaintext);
      else assert.throws(open, { name: 'CrusadesError', code: 'timelock_malformed' });
    });
  }

  it('opens an empty plaintext, which the pallet then refuses', () => {
    const ciphertext = encryptToRound(new Uint8Array(), 1000, quicknet);
    assert.equal(ciphertext.length, CIPHERTEXT_OVERHEAD);
    assert.equal(decryptWithSignature(ciphertext, signatureOf(1000)).length, 0);
  });

  it('tells the pallet’s three ways to fail apart', () => {
    const ciphertext = encryptToRound(bytes('0c616263'), 1000, quicknet);
    const failure = (change: () => unknown): string | null => {
      try {
        change();
        return 'opened';
      } catch (error) {
        return failureOf(error);
      }
    };
    assert.equal(
      failure(() => decryptWithSignature(ciphertext, new Uint8Array(48))),
      'SignatureDeserialize',
    );
    assert.equal(
      failure(() => decryptWithSignature(ciphertext.subarray(1), signatureOf(1000))),
      'CiphertextDeserialize',
    );
    assert.equal(
      failure(() => decryptWithSignature(ciphertext, signatureOf(2000))),
      'Decrypt',
    );
  });

  it('answers any bytes with timelock_malformed, whatever lengths they state', () => {
    const good = encryptToRound(bytes('0c616263'), 1000, quicknet);
    const signature = signatureOf(1000);
    const change = fc.record({ at: fc.nat(good.length - 1), with: fc.uint8Array({ maxLength: 9 }) });
    const mutated = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
      const copy = Uint8Array.from(good);
      for (const { at, with: patch } of changes) copy.set(patch.subarray(0, copy.length - at), at);
      return copy;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), mutated), (input) => {
        try {
          decryptWithSignature(input, signature);
        } catch (error) {
          assert.ok(failureOf(error), String(error));
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('timelock: a beacon of one’s own', () => {
  it('opens what was sealed to its key and round, and nothing sealed to quicknet', () => {
    const key = generateBeaconKey();
    const signature = signRound(key.secret, 31_000_000);
    const sealed = encryptToRound(bytes('0102'), 31_000_000, key.publicKey);
    assert.equal(hex(decryptWithSignature(sealed, signature)), '0102');
    const foreign = encryptToRound(bytes('0102'), 31_000_000, quicknet);
    assert.throws(() => decryptWithSignature(foreign, signature), { code: 'timelock_malformed' });
  });

  it('refuses a public key that is no point, naming it', () => {
    assert.throws(() => encryptToRound(bytes('00'), 1, new Uint8Array(96)), {
      code: 'argument_invalid',
      message: /beacon public key/,
    });
  });
});
