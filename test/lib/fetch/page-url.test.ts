import assert from 'node:assert/strict';
import { CrusadesError } from '../../../lib/errors/index.js';
import { expandUrl, shortenUrl } from '../../../lib/fetch/index.js';

const ID = '0123456789abcdef0123456789abcdef';

describe('expandUrl', () => {
  const cases: Record<string, string> = {
    [`https://gist.github.com/ada/${ID}`]: `https://gist.githubusercontent.com/ada/${ID}/raw`,
    [`https://gist.github.com/ada/${ID}/`]: `https://gist.githubusercontent.com/ada/${ID}/raw`,
    [`https://gist.github.com/ada/${ID}/9f8e7d`]: `https://gist.githubusercontent.com/ada/${ID}/raw/9f8e7d`,
    [`https://gist.github.com/${ID}`]: `https://gist.github.com/${ID}/raw`,
    [`https://gist.github.com/ada/${ID}#file-train-py`]: `https://gist.githubusercontent.com/ada/${ID}/raw`,
    [`https://gist.github.com/ada/${ID}/edit`]: `https://gist.githubusercontent.com/ada/${ID}/raw`,
    [`https://gist.github.com/ada/${ID}/revisions`]: `https://gist.githubusercontent.com/ada/${ID}/raw`,
    [`https://gist.github.com/ada/${ID}.js`]: `https://gist.githubusercontent.com/ada/${ID}/raw`,
    [`https://gist.github.com/${ID}.git`]: `https://gist.github.com/${ID}/raw`,
    [`HTTP://GIST.GitHub.com./ada/${ID}`]: `https://gist.githubusercontent.com/ada/${ID}/raw`,
    'https://github.com/ada/speed/blob/main/src/train.py':
      'https://raw.githubusercontent.com/ada/speed/main/src/train.py',
    'https://www.github.com/ada/speed/blob/main/train.py?plain=1#L3':
      'https://raw.githubusercontent.com/ada/speed/main/train.py',
    'https://github.com/ada/speed/blame/0a1b2c/train%20me.py':
      'https://raw.githubusercontent.com/ada/speed/0a1b2c/train%20me.py',
    'https://gitlab.com/ada/deep/group/-/blob/main/train.py':
      'https://gitlab.com/ada/deep/group/-/raw/main/train.py',
    'https://gitlab.com/-/snippets/12345': 'https://gitlab.com/-/snippets/12345/raw',
    'https://gitlab.com/ada/speed/-/snippets/12345': 'https://gitlab.com/ada/speed/-/snippets/12345/raw',
    'https://gitlab.com/snippets/12345': 'https://gitlab.com/-/snippets/12345/raw',
    'https://bitbucket.org/ada/speed/src/main/train.py': 'https://bitbucket.org/ada/speed/raw/main/train.py',
    'https://codeberg.org/ada/speed/src/branch/main/train.py':
      'https://codeberg.org/ada/speed/raw/branch/main/train.py',
    'https://huggingface.co/ada/speed/blob/main/train.py':
      'https://huggingface.co/ada/speed/resolve/main/train.py',
    'https://huggingface.co/datasets/ada/speed/blob/main/train.py':
      'https://huggingface.co/datasets/ada/speed/resolve/main/train.py',
    'https://drive.google.com/file/d/1AbC-d_E/view?usp=sharing':
      'https://drive.google.com/uc?export=download&id=1AbC-d_E',
    'https://www.dropbox.com/scl/fi/ab12/train.py?rlkey=k1&dl=0':
      'https://www.dropbox.com/scl/fi/ab12/train.py?rlkey=k1&dl=1',
    'https://pastebin.com/AbCd1234': 'https://pastebin.com/raw/AbCd1234',
    'https://pastebin.com/dl/AbCd1234': 'https://pastebin.com/raw/AbCd1234',
    'https://pastebin.com/embed_js/AbCd1234': 'https://pastebin.com/raw/AbCd1234',
    'https://dpaste.com/ABCDEFGHJ': 'https://dpaste.com/ABCDEFGHJ.txt',
    'https://dpaste.org/aBcDe': 'https://dpaste.org/aBcDe/raw',
    'https://paste.ee/p/aBcDe': 'https://paste.ee/r/aBcDe',
    'https://bpa.st/ABCD': 'https://bpa.st/raw/ABCD',
    'https://paste.debian.net/1234567/': 'https://paste.debian.net/plain/1234567',
    'https://paste.debian.net/hidden/0a1b2c3d/': 'https://paste.debian.net/plainh/0a1b2c3d',
  };
  for (const [page, raw] of Object.entries(cases)) {
    it(`turns ${page} into the raw file`, () => assert.equal(expandUrl(page), raw));

    it(`leaves what ${page} is turned into alone`, () => assert.equal(expandUrl(raw), raw));
  }

  for (const url of [
    `https://gist.githubusercontent.com/ada/${ID}/raw/train.py`,
    `https://gist.github.com/ada/${ID}/raw`,
    `https://gist.github.com/ada/${ID}/raw/0123456789abcdef/train.py`,
    'https://example.com/github.com/a/b/blob/main/train.py',
    'https://github.com:8443/ada/speed/blob/main/train.py',
    'https://gіthub.com/ada/speed/blob/main/train.py',
    'https://github.com.example.com/ada/speed/blob/main/train.py',
    'https://github.com/ada/speed/raw/main/train.py',
    'https://github.com/ada/speed/releases/download/v1/train.py',
    'https://raw.githubusercontent.com/ada/speed/main/train.py',
    'https://pastebin.com/raw/AbCd1234',
    'ftp://pastebin.com/AbCd1234',
    'not a url',
  ]) {
    it(`leaves ${url} alone`, () => assert.equal(expandUrl(url), url));
  }

  const refused: Record<string, string> = {
    'https://github.com/ada/speed': 'https://raw.githubusercontent.com/ada/speed/BRANCH/train.py',
    'https://github.com/ada/speed/tree/dev/src':
      'https://raw.githubusercontent.com/ada/speed/dev/src/train.py',
    'https://gitlab.com/ada/speed/-/tree/main': 'https://gitlab.com/ada/speed/-/raw/main/train.py',
    'https://bitbucket.org/ada/speed': 'https://bitbucket.org/ada/speed/raw/BRANCH/train.py',
    'https://codeberg.org/ada/speed': 'https://codeberg.org/ada/speed/raw/branch/BRANCH/train.py',
    'https://colab.research.google.com/drive/1AbC': 'https://gist.github.com/OWNER/ID',
    'https://hastebin.com/share/abcdefghij': 'https://gist.github.com/OWNER/ID',
    'https://rentry.co/speed': 'https://gist.github.com/OWNER/ID',
  };
  for (const [page, use] of Object.entries(refused)) {
    it(`refuses ${page} and says what to use`, () => {
      assert.throws(
        () => expandUrl(page),
        (error: unknown) => {
          assert.ok(error instanceof CrusadesError);
          assert.equal(error.code, 'fetch_page_address');
          assert.ok(error.remedy.includes(use), error.remedy);
          return true;
        },
      );
    });
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
