import assert from 'node:assert/strict';

import { expandUrl, shortenUrl } from '../../../lib/fetch/index.js';

const ID = '0123456789abcdef0123456789abcdef';

describe('expandUrl', () => {
  const cases: Record<string, string> = {
    [`https://gist.github.com/ada/${ID}`]: `https://gist.githubusercontent.com/ada/${ID}/raw`,
    [`https://gist.github.com/ada/${ID}/`]: `https://gist.githubusercontent.com/ada/${ID}/raw`,
    [`https://gist.github.com/ada/${ID}/9f8e7d`]: `https://gist.githubusercontent.com/ada/${ID}/raw/9f8e7d`,
    [`https://gist.github.com/${ID}`]: `https://gist.github.com/${ID}/raw`,
    'https://github.com/ada/speed/blob/main/src/train.py':
      'https://raw.githubusercontent.com/ada/speed/main/src/train.py',
  };
  for (const [page, raw] of Object.entries(cases)) {
    it(`turns ${page} into the raw file`, () => assert.equal(expandUrl(page), raw));
  }

  for (const url of [
    `https://gist.githubusercontent.com/ada/${ID}/raw/train.py`,
    `https://gist.github.com/ada/${ID}/raw`,
    'https://example.com/github.com/a/b/blob/main/train.py',
    'https://github.com/ada/speed',
    'not a url',
  ]) {
    it(`leaves ${url} alone`, () => assert.equal(expandUrl(url), url));
  }
});

describe('shortenUrl', () => {
  it('reduces a raw gist address to owner and id', () => {
    const raw = `https://gist.githubusercontent.com/ada/${ID}/raw/${ID}12345678/train.py`;
    assert.equal(shortenUrl(raw), `https://gist.github.com/ada/${ID}`);
  });

  it('leaves the owner out when the address would not fit', () => {
    const raw = `https://gist.githubusercontent.com/${'a'.repeat(39)}/${ID}/raw`;
    assert.equal(shortenUrl(raw), `https://gist.github.com/${ID}`);
  });

  it('makes an address that expands to the raw gist', () => {
    const short = shortenUrl(`https://gist.github.com/ada/${ID}`);
    assert.equal(expandUrl(short), `https://gist.githubusercontent.com/ada/${ID}/raw`);
  });

  it('leaves every other host alone', () => {
    assert.equal(shortenUrl('https://example.com/a/b/train.py'), 'https://example.com/a/b/train.py');
  });
});
