import assert from 'node:assert/strict';
import { PLAIN } from '../../../../clients/cli/output/style.js';
import { renderRun, renderSummary, renderVerdict } from '../../../../clients/cli/verify/render.js';
import type { Finding } from '../../../../lib/scan/index.js';
import { failedRun, finding, passed, refused, report, run, unread, verdict } from './verdicts.js';

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

describe('a run', () => {
  it('says how fast it was, in one line', () => {
    assert.equal(
      renderRun('train.py', run(), PLAIN),
      'train.py runs (12.50 % MFU of this CPU, timed window 0.50 s)\n',
    );
  });

  it('says what broke the contract, what to do, and what the code printed, escaped', () => {
    assert.deepEqual(renderRun('train.py', failedRun, PLAIN).split('\n'), [
      'train.py invalid_return_type inner_steps did not return what the contract asks for.',
      '    Return an object with final_logits (dense torch.Tensor), total_tokens (int), final_loss (float).',
      '    | first',
      '    | last \\u{1b}[2J',
      '',
    ]);
  });
});

describe('the line under several files', () => {
  it('counts what is good, refused, failed and not checked', () => {
    const verdicts = [passed, passed, refused, verdict({ run: failedRun }), unread];
    assert.equal(
      renderSummary(verdicts, 0.5, PLAIN),
      '2 files good, 1 refused, 1 failed to run, 1 not checked (0.50 s)',
    );
    assert.equal(renderSummary([passed], 1, PLAIN), '1 file good (1.00 s)');
  });
});
