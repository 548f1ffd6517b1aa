import assert from 'node:assert/strict';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { failureOf, withFailures } from '../../activities/failures.js';
import { crusadesError } from '../../lib/errors/index.js';
import { evaluatorFault } from '../../lib/evaluate/faults.js';
import { reportOf } from '../../workflows/failures.js';

const temporal = (error: unknown): ApplicationFailure => {
  const failure = failureOf(error);
  assert.ok(failure instanceof ApplicationFailure);
  return failure;
};

describe('failureOf', () => {
  it('carries the code as its type and the whole report to the workflow', () => {
    const failure = temporal(crusadesError('rate_limited', { blocks: 3, limit: 300, next: 400 }));
    assert.equal(failure.type, 'rate_limited');
    const report = reportOf(failure);
    assert.equal(report.code, 'rate_limited');
    assert.match(report.remedy, /block 400/);
    assert.equal(report.details['limit'], 300);
  });

  it('lets Temporal try again what may succeed, and nothing else', () => {
    const unreachable = crusadesError('chain_unreachable', { endpoint: 'ws://x', reason: 'refused' });
    assert.equal(temporal(unreachable).nonRetryable, false);
    const malformed = crusadesError('commitment_malformed', { reason: 'no hash' });
    assert.equal(temporal(malformed).nonRetryable, true);
  });

  it('does not ask an unfit GPU again, and tries a slowed one', () => {
    assert.equal(temporal(evaluatorFault('gpu_quarantined', 'x')).nonRetryable, true);
    assert.equal(temporal(evaluatorFault('gpu_slowed', 'x')).nonRetryable, false);
  });

  it('treats waiting as benign, at the pace that the error names', () => {
    const failure = temporal(crusadesError('reveal_pending', { round: 9, retryAfterSeconds: 12 }));
    assert.equal(failure.category, ApplicationFailureCategory.BENIGN);
    assert.equal(failure.nextRetryDelay, 12_000);
  });

  it('calls what nobody foresaw an internal error, and keeps its text', () => {
    const failure = temporal(new TypeError('x is not a function'));
    assert.equal(failure.type, 'internal_error');
    assert.match(failure.message, /x is not a function/);
  });

  it('leaves cancellation to Temporal', () => {
    const cancelled = new CancelledFailure('CANCELLED');
    assert.equal(failureOf(cancelled), cancelled);
  });
});

describe('withFailures', () => {
  it('translates what an activity throws and passes on what it returns', async () => {
    const { good, bad } = withFailures({
      good: async (value: number) => value + 1,
      bad: async () => {
        throw crusadesError('commitment_malformed', { reason: 'no hash' });
      },
    });
    assert.equal(await good(1), 2);
    await assert.rejects(bad(), { type: 'commitment_malformed' });
  });
});
