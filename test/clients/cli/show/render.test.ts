import assert from 'node:assert/strict';
import { PLAIN } from '../../../../clients/cli/output/style.js';
import { limitsText, renderAttempt, renderCode, renderRecord } from '../../../../clients/cli/show/render.js';
import type { SubmissionRecord } from '../../../../clients/queries/submission-record.js';
import { recordedAttempt, recordedSubmission } from '../../../support/submission-records.js';

const NOW = Date.parse('2026-11-23T02:10:00.000Z');

const record = (change: Partial<SubmissionRecord> = {}): SubmissionRecord => ({
  submission: recordedSubmission({ mfu: 30, attempts: [recordedAttempt()] }),
  code: null,
  nearest: null,
  replays: [],
  leads: false,
  weights: [],
  ...change,
});

describe('limits', () => {
  it('read as what a value may be', () => {
    assert.equal(limitsText({ low: null, high: 0.06 }), '≤ 0.06');
    assert.equal(limitsText({ low: 0.9, high: null }), '≥ 0.9');
    assert.equal(limitsText({ low: 0.97, high: 1.03 }), '0.97 … 1.03');
    assert.equal(limitsText({ low: null, high: null }), '');
  });
});

describe('show', () => {
  it('has every statistic of every attempt beside its limits', () => {
    const text = renderRecord(record(), NOW, PLAIN);
    assert.match(text, /1 +moment +0\.00001 +≤ 0\.00002 +within/);
    assert.match(text, /1 +row_min +0\.5 +≥ 0\.99993 +OUTSIDE/);
  });

  it('has the hashes of code and settings', () => {
    const text = renderRecord(
      record({ code: { text: 'x', bytes: 12_345, sha256: 'aa'.repeat(32), url: 'u' } }),
      NOW,
      PLAIN,
    );
    assert.match(text, new RegExp(`code +12\\.3 kB, sha256 ${'aa'.repeat(32)}`));
    assert.match(text, new RegExp(`settings +sha256 ${'cd'.repeat(32)}`));
  });

  it('says whose code it nearly is, and nothing of what is only alike', () => {
    const nearest = (similarity: number) => ({
      ...{ submissionId: '0123456789ab', hotkey: '5First', commitBlock: 7, similarity },
    });
    assert.match(
      renderRecord(record({ nearest: nearest(0.93) }), NOW, PLAIN),
      /resembles +0123456789ab of 5First, block 7: similarity 0\.93 of 1/,
    );
    assert.doesNotMatch(renderRecord(record({ nearest: nearest(0.79) }), NOW, PLAIN), /resembles/);
  });

  it('says of the leader what became of its weights', () => {
    const weights = [{ block: 145, outcome: 'confirmed', at: '2026-11-23T02:14:02.000Z' }];
    assert.match(
      renderRecord(record({ leads: true, weights }), NOW, PLAIN),
      /weights +confirmed at block 145/,
    );
    assert.match(renderRecord(record({ leads: true }), NOW, PLAIN), /weights +not set since it leads/);
    assert.doesNotMatch(renderRecord(record(), NOW, PLAIN), /leads/);
  });
});

describe('show --attempt', () => {
  it('has the phases in their order, the environment and the notice of a weak isolation', () => {
    const text = renderAttempt(recordedAttempt(), PLAIN);
    assert.ok(text.indexOf('phase starting.load') < text.indexOf('phase timed'));
    assert.ok(text.indexOf('phase timed') < text.indexOf('phase judging'));
    assert.match(text, /torch +2\.11\.0/);
    assert.match(text, /isolation +one_user: the machine allows no second user/);
  });

  it('never gives a terminal the output of the code as it is', () => {
    const text = renderAttempt(
      recordedAttempt({ outputTail: 'MFU 99\u001b[1A\u001b[2K\nnext\u0007\n' }),
      PLAIN,
    );
    assert.ok(text.endsWith('MFU 99\\u{1b}[1A\\u{1b}[2K\nnext\\u{7}'), text.slice(-80));
  });
});

describe('show --code', () => {
  it('numbers the lines and escapes them', () => {
    const text = renderCode(`${'x\n'.repeat(9)}\u001b[31m\ty\n`, PLAIN);
    assert.equal(text.split('\n').length, 10);
    assert.ok(text.startsWith(' 1  x\n'));
    assert.ok(text.endsWith('\n10  \\u{1b}[31m    y'));
  });
});
