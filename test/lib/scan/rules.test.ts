import assert from 'node:assert/strict';

import { createScanner, type Scanner } from '../../../lib/scan/index.js';
import { ENTRY, RULES } from '../../../lib/scan/rules/index.js';

/** Structure rules bring their own entry function; other examples are fragments. */
const complete = (fragment: string, section: string): string =>
  section === 'Structure' || fragment.includes('inner_steps')
    ? withEntry(fragment)
    : `${fragment}\n\n${ENTRY}`;

const withEntry = (fragment: string): string =>
  fragment.includes('inner_steps') || fragment === 'x = 1\n' ? fragment : `${fragment}\n\n${ENTRY}`;

describe('scan rules', function () {
  this.timeout(60_000);
  let scanner: Scanner;
  before(() => {
    scanner = createScanner();
  });
  after(() => scanner.close());

  it('have identifiers of their own, and at least two examples each way', () => {
    assert.equal(new Set(RULES.map(({ id }) => id)).size, RULES.length);
    for (const { id, rejected, accepted } of RULES) {
      assert.ok(rejected.length >= 2 && accepted.length >= 2, id);
    }
  });

  it('say where something comes from that does not look like what it may be', async () => {
    const shared = 'def same(x):\n    return x\n\n\n';
    const body = '    same(optimizer).step()\n    same(meter).state.clear()\n';
    const { findings } = await scanner.scan(
      `${shared}def inner_steps(model, data_iterator, optimizer, num_steps, device, meter=None):\n${body}`,
    );
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      ['state of the optimizer is used. It may come from line 6.'],
    );
  });

  for (const { id, severity, section, rejected, accepted } of RULES) {
    for (const fragment of rejected) {
      it(`${id} finds ${JSON.stringify(fragment)}`, async () => {
        const report = await scanner.scan(complete(fragment, section));
        const found = report.findings.find(({ rule }) => rule === id);
        assert.ok(found, `only ${report.findings.map(({ rule }) => rule).join(', ') || 'nothing'} found`);
        assert.equal(found.severity, severity);
        if (severity === 'reject') assert.equal(report.ok, false);
      });
    }
    for (const fragment of accepted) {
      it(`${id} lets pass ${JSON.stringify(fragment)}`, async () => {
        const report = await scanner.scan(complete(fragment, section));
        const unwelcome = report.findings.filter(
          (finding) => finding.severity === 'reject' || finding.rule === id,
        );
        assert.deepEqual(unwelcome, []);
      });
    }
  }
});
