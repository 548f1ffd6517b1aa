import assert from 'node:assert/strict';

import { startPython } from '../../../lib/scan/python-start.js';

describe('the start of CPython', function () {
  this.timeout(120_000);

  it('comes to the same from the snapshot of the build and without one', async () => {
    const seen = await Promise.all(
      [undefined, '/nowhere'].map(async (snapshot) => {
        const runPython = await startPython(snapshot);
        return [
          'import sys; sys.version',
          'import ast; ast.dump(ast.parse("def f(x: int = 1):\\n    return x @ {*x}"))',
        ].map(runPython);
      }),
    );
    assert.match(String(seen[0]?.[0]), /^3\./);
    assert.deepEqual(seen[0], seen[1]);
  });
});
