import assert from 'node:assert/strict';
import { PLAIN } from '../../../../clients/cli/output/style.js';
import { exitCodeOf } from '../../../../clients/cli/status/exit-code.js';
import {
  changeText,
  renderError,
  renderRecent,
  renderStatus,
} from '../../../../clients/cli/status/render.js';
import { submissionView, type SubmissionView } from '../../../../clients/queries/submission-view.js';
import { crusadesError } from '../../../../lib/errors/index.js';
import { FINAL_STAGES, OPEN_STAGES } from '../../../../lib/progress/index.js';
import type { SubmissionDetail } from '../../../../lib/store/index.js';
import { recordedAttempt, recordedSubmission } from '../../../support/submission-records.js';

const NOW = Date.parse('2026-11-23T02:10:00.000Z');

const view = (change: Partial<SubmissionDetail> = {}): SubmissionView => {
  const made = submissionView(recordedSubmission(change), null);
  assert.ok(made);
  return made;
};

describe('the status of a submission', () => {
  it('has every stage with its time and how long it took', () => {
    const text = renderStatus(
      view({
        stage: 'fetching',
        stages: [
          { stage: 'admitting', at: '2026-11-23T02:09:00.000Z', detail: null },
          { stage: 'fetching', at: '2026-11-23T02:09:50.500Z', detail: null },
        ],
      }),
      NOW,
      PLAIN,
    );
    assert.match(text, /admitting +2026-11-23 02:09:00 +50\.50 s/);
    assert.match(text, /fetching +2026-11-23 02:09:50 +9\.50 s/);
  });

  it('says what is waited for and how long it will take', () => {
    const text = renderStatus(
      {
        ...view({ stage: 'awaiting_reveal' }),
        settled: false,
        waitsFor: { what: 'round 5 of the beacon', until: '2026-11-23T02:12:30.000Z' },
      },
      NOW,
      PLAIN,
    );
    assert.match(text, /waits for +round 5 of the beacon \(in 2 min 30 s\)/);
  });

  it('has the attempts with their MFU, and what to do about each verdict once', () => {
    const error = { ...crusadesError('gpu_hold_lost', { queue: 'q' }).report(), remedy: 'Do this.' };
    const text = renderStatus(
      view({
        attempts: [
          recordedAttempt({ number: 1, mfu: 31.5 }),
          recordedAttempt({ number: 2, mfu: null, outcome: 'gpu_hold_lost', error }),
          recordedAttempt({ number: 3, mfu: null, outcome: 'gpu_hold_lost', error }),
        ],
      }),
      NOW,
      PLAIN,
    );
    assert.match(text, /1 +scored +31\.50 % +1\.25 s/);
    assert.equal(text.split('Do this.').length, 2);
  });

  it('has the error with its remedy and every finding of the scan', () => {
    const finding = {
      rule: 'forbidden_module',
      line: 3,
      column: 8,
      reason: 'os is forbidden.',
      remedy: 'Remove it.',
    };
    const details = { count: 1, line: 3, rule: 'forbidden_module', findings: [finding] };
    const text = renderError(crusadesError('scan_rejected', details).report(), PLAIN);
    assert.match(text, /^scan_rejected: /);
    assert.match(text, /train\.py:3:8 forbidden_module os is forbidden\.\n {4}Remove it\./);
    assert.match(text, /What to do: /);
  });

  it('escapes what the miner wrote', () => {
    const text = renderStatus(view({ url: 'https://example.com/\u001b]0;owned\u0007' }), NOW, PLAIN);
    assert.ok(text.includes('https://example.com/\\u{1b}]0;owned\\u{7}'));
  });

  it('tells an evaluation that an operator asked for', () => {
    assert.match(renderStatus(view({ evaluation: 2 }), NOW, PLAIN), /evaluation +2/);
  });
});

describe('the exit code of a status', () => {
  it('is 0 while a submission is on its way and when it is scored, else 1', () => {
    for (const stage of OPEN_STAGES) assert.equal(exitCodeOf(view({ stage })), 0, stage);
    for (const stage of FINAL_STAGES)
      assert.equal(exitCodeOf(view({ stage })), stage === 'scored' ? 0 : 1, stage);
  });
});

describe('the recent submissions', () => {
  it('have a line each, with stage, MFU and the code of the error', () => {
    const error = crusadesError('hotkey_not_registered', { hotkey: 'h', netuid: 3 }).report();
    const text = renderRecent(
      [
        recordedSubmission({ mfu: 34.6 }),
        recordedSubmission({ submissionId: 'ba9876543210', stage: 'rejected', error }),
      ],
      NOW,
      PLAIN,
    );
    assert.match(text, /0123456789ab +5Grwva…GKutQY +7 +42 +scored +34\.60 % +9 min ago/);
    assert.match(text, /ba9876543210 .* rejected +hotkey_not_registered/);
  });
});

describe('a change, in a log', () => {
  it('stands on one line', () => {
    const text = changeText(view({ mfu: 34.6, attempts: [recordedAttempt({ number: 5, mfu: 34.6 })] }));
    assert.equal(text, '0123456789ab scored · attempt 5: scored 34.60 % · score 34.60 %');
  });
});
