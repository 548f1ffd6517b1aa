import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CATALOGUE } from '../../../lib/errors/index.js';
import { errorReference } from '../../../lib/errors/reference.js';

describe('the page of errors', () => {
  const codesOf = (page: string): string[] =>
    [...page.matchAll(/^\| `(\w+)`/gm)].map(([, code = '']) => code);

  it('lists every code of the catalogue once', () => {
    assert.deepEqual(codesOf(errorReference()).sort(), Object.keys(CATALOGUE).sort());
  });

  it('is the committed one', () => {
    const committed = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8');
    assert.deepEqual(codesOf(committed).sort(), Object.keys(CATALOGUE).sort());
  });
});
