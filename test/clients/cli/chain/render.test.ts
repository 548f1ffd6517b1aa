import assert from 'node:assert/strict';
import { excerpt, renderDrift, type DriftReport } from '../../../../clients/cli/chain/render.js';
import { PLAIN } from '../../../../clients/cli/output/style.js';
import type { Drift } from '../../../../lib/contract/index.js';

const BREAKING: Drift = {
  ...{ severity: 'breaking', kind: 'storage', item: 'SubtensorModule.Uids', aspect: 'absent' },
  ...{ expected: 'present', actual: null, note: null },
};
const TOLERATED: Drift = {
  ...BREAKING,
  severity: 'tolerated',
  item: 'Commitments.CommitmentOf',
  note: 'added',
};

const report = (differences: readonly Drift[], unlisted = 0): DriftReport => ({
  ...{ endpoint: 'ws://a', chain: 'A', genesisHash: '0x00', specVersion: 475, metadataVersion: 15 },
  ...{ metadataSha256: '00', reference: 461, differences, unlisted },
  breaking: differences.filter(({ severity }) => severity === 'breaking').length,
});

describe('the report of chain drift', () => {
  it('says in a sentence whether anything breaks', () => {
    assert.match(renderDrift(report([]), PLAIN), /everything that is used is as expected$/);
    assert.match(renderDrift(report([], 2), PLAIN), /as expected; 2 that nothing depends on \(--all\)/);
    assert.match(renderDrift(report([TOLERATED]), PLAIN), /nothing breaks; 1 difference/);
    assert.match(renderDrift(report([BREAKING, TOLERATED]), PLAIN), /1 difference\(s\) that break/);
  });

  it('lists each difference with what was expected and what was found', () => {
    const text = renderDrift(report([BREAKING]), PLAIN);
    assert.match(text, /breaking +storage +SubtensorModule\.Uids +absent +present +absent/);
  });

  it('shows of a long layout the place where it differs', () => {
    const same = 'a: u8, '.repeat(30);
    assert.equal(excerpt(`${same}b: u16`, `${same}c: u16`).endsWith('b: u16'), true);
    assert.ok(excerpt(`${same}b: u16`, `${same}c: u16`).startsWith('…'));
    assert.equal(excerpt('u16', 'u32'), 'u16');
    assert.equal(excerpt(null, 'u32'), 'absent');
  });
});
