import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeCommitmentText, encodeCommitmentText } from '../../../lib/timelock/index.js';
import { bytes, hex } from '../../fixtures/timelock/vectors.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('commitment text', () => {
  it('is a SCALE string', () => {
    assert.equal(hex(encodeCommitmentText('abc')), '0c616263');
    assert.equal(hex(encodeCommitmentText('x'.repeat(74))).slice(0, 6), '290178');
  });

  it('survives both layouts, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'grapheme' }), (text) => {
        assert.equal(decodeCommitmentText(encodeCommitmentText(text)), text);
      }),
    );
    assert.equal(
      decodeCommitmentText(utf8('0123456789abcdef:https://x.test/t.py')),
      '0123456789abcdef:https://x.test/t.py',
    );
  });

  it('leaves a prefix that does not state the rest where it is', () => {
    assert.equal(decodeCommitmentText(bytes('0c6162')), '\u000cab');
    assert.equal(decodeCommitmentText(bytes('0c61626364')), '\u000cabcd');
  });

  it('takes no longer prefix than the length needs', () => {
    assert.equal(decodeCommitmentText(bytes('0d00616263')), '\r\u0000abc');
  });

  it('is null for bytes that are no UTF-8', () => {
    assert.equal(decodeCommitmentText(bytes('08fffe')), null);
    assert.equal(decodeCommitmentText(bytes('ff')), null);
  });

  it('is empty for nothing', () => {
    assert.equal(decodeCommitmentText(new Uint8Array()), '');
    assert.equal(decodeCommitmentText(bytes('00')), '');
  });
});
