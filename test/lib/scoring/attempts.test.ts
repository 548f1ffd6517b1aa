import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { ErrorReport } from '../../../lib/errors/index.js';
import { outlookOf, scoreOf, type AttemptVerdict, type ScoringRules } from '../../../lib/scoring/index.js';

const rules: ScoringRules = { evaluation_runs: 5, min_success_rate: 0.5, max_infrastructure_retries: 3 };

const error = (code: string, fault: string, final = false): ErrorReport => ({
  code,
  stage: 'evaluating',
  fault,
  retryable: fault === 'infrastructure',
  final,
  message: `${code} happened`,
  remedy: 'none',
  details: {},
});
const scored = (mfu: number): AttemptVerdict => ({ mfu, error: null });
const cheated: AttemptVerdict = { mfu: 55, error: error('moment_mismatch', 'miner') };
const unclear: AttemptVerdict = { mfu: null, error: error('contestant_crashed', 'unknown') };
const gpuLost: AttemptVerdict = { mfu: null, error: error('evaluator_failed', 'infrastructure') };
const wrongSignature: AttemptVerdict = { mfu: null, error: error('missing_inner_steps', 'miner', true) };

describe('scoreOf', () => {
  it('is the median of the successful attempts', () => {
    const score = scoreOf([41, 44, 42, 43, 40].map(scored), rules);
    assert.deepEqual(score, { kind: 'scored', mfu: 42, succeeded: 5, runs: 5 });
  });

  it('is the lower of the two middle ones when their number is even', () => {
    const score = scoreOf([...[44, 41, 43, 42].map(scored), cheated], rules);
    assert.deepEqual(score, { kind: 'scored', mfu: 42, succeeded: 4, runs: 5 });
  });

  it('does not count attempts that infrastructure lost', () => {
    const score = scoreOf([gpuLost, ...[41, 42, 43].map(scored), gpuLost, cheated, cheated], rules);
    assert.deepEqual(score, { kind: 'scored', mfu: 42, succeeded: 3, runs: 5 });
  });

  it('counts against the miner what the record cannot explain', () => {
    const score = scoreOf([scored(41), scored(42), unclear, unclear, unclear], rules);
    assert.equal(score.kind === 'failed' && score.error.code, 'success_rate_too_low');
  });

  it('never takes the MFU of an attempt that failed its verdict', () => {
    const score = scoreOf([scored(41), scored(42), scored(43), cheated, cheated], rules);
    assert.equal(score.kind === 'scored' && score.mfu, 42);
  });

  it('names the last failure when too few attempts succeeded', () => {
    const score = scoreOf([scored(41), scored(42), unclear, unclear, cheated], rules);
    assert.ok(score.kind === 'failed');
    assert.deepEqual(score.error.details, { succeeded: 2, runs: 5, needed: 3, cause: 'moment_mismatch' });
  });

  it('fails under the code of an error that no further attempt can change, whatever succeeded', () => {
    const score = scoreOf([scored(41), scored(42), scored(43), wrongSignature], rules);
    assert.equal(score.kind === 'failed' && score.error.code, 'missing_inner_steps');
  });

  it('blames infrastructure, not the miner, when too few attempts could be made', () => {
    const score = scoreOf([scored(41), gpuLost, gpuLost, gpuLost, gpuLost], rules);
    assert.ok(score.kind === 'failed');
    assert.equal(score.error.code, 'gpu_lost_too_often');
    assert.equal(score.error.fault, 'infrastructure');
    assert.match(score.error.message, /^4 GPUs .* evaluator_failed happened/);
  });

  it('needs one success even where the success rate asks for none', () => {
    const score = scoreOf(Array(5).fill(cheated), { ...rules, min_success_rate: 0 });
    assert.equal(score.kind, 'failed');
  });

  it('is not misled by a rate that is a hair above a whole number of attempts', () => {
    const rounded = { evaluation_runs: 25, min_success_rate: 0.28, max_infrastructure_retries: 0 };
    const attempts = [
      ...Array<AttemptVerdict>(7).fill(scored(40)),
      ...Array<AttemptVerdict>(18).fill(cheated),
    ];
    assert.equal(scoreOf(attempts, rounded).kind, 'scored');
  });
});

describe('outlookOf', () => {
  it('asks for attempts until enough have been made', () => {
    assert.equal(outlookOf([], rules), 'continue');
    assert.equal(outlookOf([1, 2, 3, 4].map(scored), rules), 'continue');
    assert.equal(outlookOf([1, 2, 3, 4, 5].map(scored), rules), 'enough');
  });

  it('stops as soon as the success rate is out of reach', () => {
    assert.equal(outlookOf([cheated, cheated], rules), 'continue');
    assert.equal(outlookOf([cheated, cheated, cheated], rules), 'pointless');
  });

  it('stops at a final error', () => {
    assert.equal(outlookOf([scored(1), wrongSignature], rules), 'pointless');
  });

  it('makes attempts lost to infrastructure again, so many times and no more', () => {
    assert.equal(outlookOf(Array(3).fill(gpuLost), rules), 'continue');
    assert.equal(outlookOf([...Array<AttemptVerdict>(3).fill(gpuLost), scored(1)], rules), 'continue');
    assert.equal(outlookOf(Array(4).fill(gpuLost), rules), 'pointless');
  });
});

describe('scores and outlooks together', () => {
  const verdict = fc.oneof(
    fc.double({ min: 1, max: 90, noNaN: true }).map(scored),
    fc.constantFrom(cheated, unclear, gpuLost, wrongSignature),
  );
  const someRules = fc.record({
    evaluation_runs: fc.integer({ min: 1, max: 9 }),
    min_success_rate: fc.double({ min: 0, max: 1, noNaN: true }),
    max_infrastructure_retries: fc.integer({ min: 0, max: 4 }),
  });
  /** What the workflow does: attempts until the outlook is no longer `continue`. */
  const evaluate = (source: readonly AttemptVerdict[], chosen: ScoringRules): AttemptVerdict[] => {
    const made: AttemptVerdict[] = [];
    for (const attempt of source) {
      if (outlookOf(made, chosen) !== 'continue') break;
      made.push(attempt);
    }
    return made;
  };

  it('end after a bounded number of attempts', () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 30, maxLength: 30 }), someRules, (source, chosen) => {
        const most = chosen.evaluation_runs + chosen.max_infrastructure_retries + 1;
        assert.ok(evaluate(source, chosen).length <= most);
      }),
    );
  });

  it('never score a submission whose outlook was pointless', () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 30, maxLength: 30 }), someRules, (source, chosen) => {
        const made = evaluate(source, chosen);
        if (outlookOf(made, chosen) === 'pointless') assert.equal(scoreOf(made, chosen).kind, 'failed');
      }),
    );
  });

  it('give a score that one of the successful attempts reached', () => {
    fc.assert(
      fc.property(fc.array(verdict, { maxLength: 12 }), someRules, (attempts, chosen) => {
        const score = scoreOf(attempts, chosen);
        if (score.kind === 'scored') {
          assert.ok(attempts.some(({ mfu, error: fault }) => fault === null && mfu === score.mfu));
        }
      }),
    );
  });

  it('do not depend on infrastructure: losing attempts changes neither score nor blame', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(40, 41, 42).map(scored), fc.constant(cheated)), {
          minLength: 5,
          maxLength: 5,
        }),
        fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
        (attempts, places) => {
          const disturbed = [...attempts];
          for (const place of places) disturbed.splice(place, 0, gpuLost);
          assert.deepEqual(scoreOf(disturbed, rules), scoreOf(attempts, rules));
        },
      ),
    );
  });
});
