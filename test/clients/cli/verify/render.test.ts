import assert from 'node:assert/strict';
import { renderVerdict, verdictJson } from '../../../../clients/cli/verify/render.js';
import { PLAIN } from '../../../../clients/cli/output/style.js';
import type { Finding, ScanReport } from '../../../../lib/scan/index.js';

const finding = (place: Partial<Finding>): Finding => ({
  rule: 'forbidden_module',
  severity: 'reject',
  line: 1,
  column: 8,
  endLine: 1,
  endColumn: 10,
  text: 'os',
  reason: 'os is a forbidden module.',
  remedy: 'Remove it.',
  ...place,
});

const report = (findings: readonly Finding[]): ScanReport => ({
  ok: findings.length === 0,
  policy: '1',
  sha256: 'ab'.repeat(32),
  normalised: 'cd'.repeat(32),
  seconds: 0.01,
  findings,
});

const rendered = (text: string, findings: readonly Finding[]): string[] =>
  renderVerdict({ file: 'train.py', text, report: report(findings), error: null }, PLAIN).split('\n');

describe('a finding', () => {
  it('stands as an editor shows it: place, rule, source with carets, remedy', () => {
    assert.deepEqual(rendered('import os\n', [finding({})]).slice(0, 4), [
      'train.py:1:8 forbidden_module os is a forbidden module.',
      '    import os',
      '           ^^',
      '    Remove it.',
    ]);
  });

  it('has its carets under the text after wide characters and tabs', () => {
    const [, source, carets] = rendered('\tx = "日本"; os', [finding({ column: 12, endColumn: 14 })]);
    assert.equal(source, '     x = "日本"; os');
    assert.equal(carets, '          \u3000\u3000   ^^');
  });

  it('shows a part of a line that is too long for a terminal', () => {
    const [, source = '', carets = ''] = rendered(`${'a'.repeat(5000)}os${'b'.repeat(5000)}`, [
      finding({ column: 5001, endColumn: 5003 }),
    ]);
    assert.ok(source.length < 150);
    assert.equal(source.slice(carets.indexOf('^'), carets.indexOf('^') + 2), 'os');
  });

  it('gives a terminal no commands that stand in the file', () => {
    const [, source = ''] = rendered('import os # \u001b[2J', [finding({})]);
    assert.ok(source.endsWith('\\u{1b}[2J'));
  });

  it('reaches to the end of its line when it goes on', () => {
    const [, , carets] = rendered('f(os,\n  1)', [finding({ column: 1, endLine: 2, endColumn: 5 })]);
    assert.equal(carets, '    ^^^^^');
  });
});

describe('the JSON of a file', () => {
  it('has every key, in snake_case, whether it was scanned or not', () => {
    const keys = ['file', 'ok', 'policy', 'sha256', 'normalised', 'seconds', 'findings', 'error'];
    const scanned = verdictJson({ file: 'a', text: '', report: report([finding({})]), error: null });
    assert.deepEqual(Object.keys(scanned), keys);
    assert.deepEqual(Object.keys(scanned.findings[0] ?? {}), [
      ...['rule', 'severity', 'line', 'column', 'end_line', 'end_column', 'text', 'reason', 'remedy'],
    ]);
    const unread = verdictJson({ file: 'a', text: null, report: null, error: null });
    assert.deepEqual(Object.keys(unread), keys);
    assert.equal(unread.ok, false);
  });
});
