import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { packaged } from '../../../lib/settings/index.js';

describe('lib/scoring', () => {
  it('imports nothing at run time but itself and the error catalogue, since workflows run it', async () => {
    const folder = packaged('lib/scoring');
    const files = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
    assert.ok(files.length > 5);
    for (const file of files) {
      const source = await readFile(join(folder, file), 'utf8');
      const imports = [...source.matchAll(/^(import|export) (?!type )[^;]*? from '([^']+)';/gms)];
      for (const [, , from = ''] of imports) {
        assert.match(from, /^\.\/[a-z-]+\.js$|^\.\.\/errors\/index\.js$/, `${file} imports ${from}`);
      }
    }
  });

  it('never asks for the time or for chance, which a replay could not repeat', async () => {
    const folder = packaged('lib/scoring');
    for (const file of await readdir(folder)) {
      const source = await readFile(join(folder, file), 'utf8');
      assert.doesNotMatch(source, /\bDate\b|Math\.random|performance\.|process\./, file);
    }
  });
});
