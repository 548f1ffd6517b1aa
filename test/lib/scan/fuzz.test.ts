import assert from 'node:assert/strict';

import { createScanner, type Scanner } from '../../../lib/scan/index.js';
import { inputsOf } from './fuzz/inputs.js';
import { fuzz, outcomeOf } from './fuzz/run.js';

describe('fuzzing the scanner', function () {
  this.timeout(120_000);

  it('meets no crash, no broken report and no endless scan in some seconds of a fixed seed', async () => {
    const { inputs, parsed, crashes } = await fuzz({ seed: 1, seconds: 3 });
    assert.deepEqual(crashes, []);
    assert.ok(inputs > 0 && parsed > 0, `${inputs} inputs, ${parsed} of them parsed`);
  });

  it('ends at once, with what it has, when it is told to', async () => {
    const stop = new AbortController();
    const { inputs, crashes } = await fuzz({
      ...{ seed: 2, seconds: 60, signal: stop.signal },
      onProgress: ({ inputs: soFar }) => {
        if (soFar === 3) stop.abort();
      },
    });
    assert.deepEqual([inputs, crashes.length], [3, 0]);
  });

  it('draws the same inputs from the same seed, and others from another one', () => {
    const first = (seed: number) => {
      const inputs = inputsOf(['x = 1\n'], seed);
      return Array.from({ length: 300 }, () => inputs.next().value);
    };
    assert.deepEqual(first(3), first(3));
    assert.notDeepEqual(first(3), first(4));
    assert.equal(new Set(first(3).map(({ kind }) => kind)).size, 5);
  });

  it('calls it a crash when a report contradicts itself or points outside of the text', async () => {
    const scanner = createScanner();
    try {
      const report = await scanner.scan('eval("1")\n');
      const told = (changes: object): Pick<Scanner, 'scan'> => ({
        scan: () => Promise.resolve({ ...report, ...changes }),
      });
      const [finding] = report.findings;
      const kinds = [
        {},
        { ok: true },
        { seconds: 6 },
        { sha256: '' },
        { findings: [{ ...finding, line: 9 }] },
      ].map(async (changes) => (await outcomeOf('eval("1")\n', told(changes))).kind);
      assert.deepEqual(await Promise.all(kinds), ['report', 'crash', 'crash', 'crash', 'crash']);
    } finally {
      await scanner.close();
    }
  });
});
