import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { paths } from '../../../lib/provision/index.js';
import { POLICY } from '../../../lib/scan/policy.js';

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;

/** What an optimizer of the evaluator’s torch has, and what its module asks for by name. */
const NAMES = `
import inspect, re, torch
from torch.optim import optimizer, adam, adamw
made = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))])
asked = re.findall(r'attr\\(\\s*self,\\s*"(\\w+)"', "".join(map(inspect.getsource, (optimizer, adam, adamw))))
print(" ".join({*dir(made), *asked}))
`;

describe('the names of the optimizer’s internals', function () {
  this.timeout(TIMEOUT_MS);

  it('have all that the optimizer of the evaluator has', async () => {
    const { evaluatorPython } = paths();
    assert.ok(evaluatorPython, 'the evaluator is not installed');
    const { stdout } = await run(evaluatorPython, ['-c', NAMES], { timeout: TIMEOUT_MS });
    const known = [...POLICY.optimizerInternals, ...POLICY.optimizerUses];
    const missing = stdout
      .trim()
      .split(' ')
      .filter((name) => !/^__.*__$/.test(name) && !known.includes(name));
    assert.deepEqual(missing, []);
  });
});
