import assert from 'node:assert/strict';

import { createScanner, type Finding, type Scanner } from '../../../lib/scan/index.js';
import { RULES } from '../../../lib/scan/rules/index.js';
import { completed, readFragments } from '../../support/scan-fragments.js';

const rejected = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ severity }) => severity === 'reject');

describe('the scanner, on fragments', function () {
  this.timeout(60_000);
  let scanner: Scanner;
  before(() => {
    scanner = createScanner();
  });
  after(() => scanner.close());

  it('finds every evasion by the rule that its header names', async () => {
    const evasions = await readFragments('evasions');
    assert.ok(evasions.length >= 250, `${evasions.length} evasions`);
    const missed: string[] = [];
    for (const evasion of evasions) {
      const { ok, findings } = await scanner.scan(completed(evasion));
      const rules = findings.map(({ rule }) => rule);
      if (ok || !rules.includes(evasion.rule)) {
        missed.push(
          `${evasion.place} ${evasion.rule}: ${evasion.title} (found: ${rules.join(', ') || 'nothing'})`,
        );
      }
    }
    assert.equal(missed.join('\n'), '');
  });

  it('refuses nothing that is honest', async () => {
    const fragments = await readFragments('honest-fragments');
    assert.ok(fragments.length >= 150, `${fragments.length} honest fragments`);
    const alarms: string[] = [];
    for (const fragment of fragments) {
      for (const { rule, line, text } of rejected((await scanner.scan(completed(fragment))).findings)) {
        alarms.push(`${fragment.place} ${fragment.title}: ${rule} at line ${line}, ${text}`);
      }
    }
    assert.equal(alarms.join('\n'), '');
  });

  it('has evasions of every rule that refuses', async () => {
    const named = new Set((await readFragments('evasions')).map(({ rule }) => rule));
    const without = RULES.filter(({ id, severity }) => severity === 'reject' && !named.has(id)).map(
      ({ id }) => id,
    );
    assert.deepEqual(without, []);
  });

  it('knows every fragment by a title of its own', async () => {
    for (const folder of ['evasions', 'honest-fragments']) {
      const titles = (await readFragments(folder)).map(({ rule, title }) => `${rule}: ${title}`);
      assert.deepEqual(
        titles.filter((title, index) => titles.indexOf(title) !== index),
        [],
      );
    }
  });
});
