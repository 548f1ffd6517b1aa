import assert from 'node:assert/strict';

import fc from 'fast-check';

import { formatCommitmentText, parseCommitmentText } from '../../../lib/chain/commitment-text.js';
import { CrusadesError } from '../../../lib/errors/index.js';

const HASH = '0123456789abcdef0123456789abcdef';
const URL_TEXT = 'https://example.com/train.py';

const refuses = (code: string, act: () => unknown): void => {
  assert.throws(act, (error: unknown) => error instanceof CrusadesError && error.code === code);
};

describe('parseCommitmentText', () => {
  it('reads hash and URL', () => {
    assert.deepEqual(parseCommitmentText(`${HASH}:${URL_TEXT}`), { hash: HASH, url: URL_TEXT });
  });

  it('reads the payment of a paid commitment', () => {
    assert.deepEqual(parseCommitmentText(`${HASH}:9240388:12:${URL_TEXT}`), {
      hash: HASH,
      url: URL_TEXT,
      payment: { block: 9240388, extrinsicIndex: 12 },
    });
  });

  it('drops space around the text', () => {
    assert.equal(parseCommitmentText(` ${HASH}:${URL_TEXT}\n`).url, URL_TEXT);
  });

  for (const text of [
    '',
    'hello',
    `${HASH}:`,
    `${HASH}:ftp://example.com/a`,
    `${HASH.toUpperCase()}:${URL_TEXT}`,
    `${HASH.slice(1)}:${URL_TEXT}`,
    `${HASH}:12345678901:1:${URL_TEXT}`,
    `${HASH}:1:123456:${URL_TEXT}`,
    `${HASH}:١:1:${URL_TEXT}`,
    `${HASH}:https://exa mple.com/a`,
    `${HASH}:https://[/a`,
    `${HASH}:https://example.com/\u0000`,
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      refuses('commitment_malformed', () => parseCommitmentText(text)));
  }

  it('refuses more than 128 bytes, counted as UTF-8', () => {
    const url = `https://example.com/${'a'.repeat(128 - 33 - 20)}`;
    assert.equal(parseCommitmentText(`${HASH}:${url}`).url, url);
    refuses('commitment_too_long', () => parseCommitmentText(`${HASH}:${url}a`));
    refuses('commitment_too_long', () => parseCommitmentText(`${HASH}:${url.slice(0, -1)}ä`));
  });

  it('answers any text with a commitment or one of its two errors', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parseCommitmentText(text);
        } catch (error) {
          assert.ok(error instanceof CrusadesError && error.code.startsWith('commitment_'));
        }
      }),
    );
  });
});

describe('formatCommitmentText', () => {
  it('is read back as it was given', () => {
    for (const commitment of [
      { hash: HASH, url: URL_TEXT },
      { hash: HASH, url: URL_TEXT, payment: { block: 1, extrinsicIndex: 65535 } },
    ]) {
      assert.deepEqual(parseCommitmentText(formatCommitmentText(commitment)), commitment);
    }
  });

  it('refuses what would not be read back, before anything is paid', () => {
    refuses('commitment_too_long', () =>
      formatCommitmentText({ hash: HASH, url: `https://example.com/${'a'.repeat(120)}` }),
    );
    refuses('commitment_malformed', () => formatCommitmentText({ hash: 'abc', url: URL_TEXT }));
  });
});
