import assert from 'node:assert/strict';
import { checkOptions } from '../../../../clients/cli/verify/options.js';

describe('options of verify', () => {
  const url = 'https://example.com/train.py';
  for (const [what, paths, options] of [
    ['--watch with --json', ['a.py'], { watch: true, json: true }],
    ['--watch with --sarif', ['a.py'], { watch: true, sarif: 'x.sarif' }],
    ['--watch with a URL', ['a.py', url], { watch: true }],
    ['two documents on standard output', ['a.py'], { json: true, sarif: true }],
  ] as const) {
    it(`refuse ${what}, and say why`, () => {
      assert.throws(() => checkOptions(paths, options), {
        code: 'argument_invalid',
        message: /^--(watch|sarif): .{20,}/,
      });
    });
  }

  it('take what goes together', () => {
    checkOptions(['a.py', url], { json: true, sarif: 'x.sarif', run: true });
    checkOptions(['a.py'], { watch: true, run: true });
    checkOptions([url], { sarif: true });
    checkOptions([url], { sarif: 'out/findings.JSON' });
  });
});
