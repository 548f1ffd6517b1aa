import assert from 'node:assert/strict';
import fc from 'fast-check';
import { printable, printableLines } from '../../../../clients/cli/output/escape.js';

describe('printable', () => {
  it('shows a terminal’s commands instead of giving them', () => {
    assert.equal(printable('\u001b[2Jgone\u0007'), '\\u{1b}[2Jgone\\u{7}');
  });

  it('shows what turns the direction of text or hides in it', () => {
    assert.equal(printable('a\u202eb\u200bc\u2028d\u009b'), 'a\\u{202e}b\\u{200b}c\\u{2028}d\\u{9b}');
  });

  it('leaves letters of every script alone', () => {
    assert.equal(printable('naïve 日本語 → π'), 'naïve 日本語 → π');
  });

  it('lets no control character through, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(printable(text), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('printableLines', () => {
  it('keeps lines and widens tabs', () => {
    assert.equal(printableLines('a\tb\r\nc\rd'), 'a    b\nc\\u{d}d');
  });
});
