import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { projectRoot } from '../../../lib/provision/index.js';
import { SNAPSHOT, startPython } from '../../../lib/scan/python-start.js';
import { skip } from '../../support/skip.js';

interface Build {
  snapshotIsMissing(root: string): boolean;
}

describe('the start of CPython', function () {
  this.timeout(120_000);

  it('looks for the snapshot where the build leaves it', async function () {
    const root = projectRoot();
    if (!existsSync(join(root, 'dist/lib/scan/python-start.js'))) skip(this, 'nothing is built');
    const build = (await import(pathToFileURL(join(root, 'scripts/setup/build.mjs')).href)) as Build;
    assert.equal(existsSync(SNAPSHOT), !build.snapshotIsMissing(root));
  });

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
