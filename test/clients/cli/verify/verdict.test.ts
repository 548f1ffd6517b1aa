import assert from 'node:assert/strict';
import { exitCodeOfVerdicts, verdictJson } from '../../../../clients/cli/verify/verdict.js';
import { crusadesError } from '../../../../lib/errors/index.js';
import { broken, failedRun, finding, passed, refused, report, run, unread, verdict } from './verdicts.js';

describe('the exit code of verdicts', () => {
  const ran = verdict({ run: run() });
  const failed = verdict({ run: failedRun });
  const evaluatorAway = verdict({
    run: run({ error: crusadesError('evaluator_failed', { reason: 'away' }).report() }),
  });
  const fetched = verdict({
    report: null,
    error: crusadesError('fetch_failed', { host: 'h', reason: 'HTTP 404' }).report(),
  });
  const warned = verdict({ report: report([finding({ severity: 'warn' })]) });
  for (const [what, verdicts, code] of [
    ['good files, with warnings or without', [passed, warned, ran], 0],
    ['a refused file', [passed, refused], 1],
    ['a file that failed to run', [ran, failed], 1],
    ['a URL that cannot be fetched', [passed, fetched], 1],
    ['nothing worse than an unreadable file', [passed, unread], 2],
    ['a refused and an unreadable file', [unread, refused], 1],
    ['a scanner that failed, whatever else there is', [refused, broken, unread], 3],
    ['an evaluator that failed', [failed, evaluatorAway], 3],
  ] as const) {
    it(`is ${code} for ${what}`, () => {
      assert.equal(exitCodeOfVerdicts(verdicts), code);
    });
  }
});

describe('the JSON of a file', () => {
  const KEYS = [...['file', 'ok', 'policy', 'sha256', 'normalised', 'seconds', 'findings', 'run', 'error']];

  it('has every key, in snake_case, whether it was scanned or not', () => {
    const scanned = verdictJson(refused);
    assert.deepEqual(Object.keys(scanned), KEYS);
    assert.deepEqual(Object.keys(scanned.findings[0] ?? {}), [
      ...['rule', 'severity', 'line', 'column', 'end_line', 'end_column', 'text', 'reason', 'remedy'],
    ]);
    assert.deepEqual(Object.keys(verdictJson(unread)), KEYS);
  });

  it('says of an error its code, its message and its remedy', () => {
    assert.deepEqual(verdictJson(unread).error, {
      code: 'file_unreadable',
      message: 'train.py cannot be read: there is no such file.',
      remedy: 'Check the path and its permissions.',
    });
  });

  it('keeps the hash of a file that broke the scanner, so that it can be found again', () => {
    assert.match(verdictJson(broken).sha256 ?? '', /^[0-9a-f]{64}$/);
    assert.equal(verdictJson(unread).sha256, null);
  });

  it('is good only when the run is good as well', () => {
    assert.equal(verdictJson(verdict({ run: run() })).ok, true);
    const failed = verdictJson(verdict({ run: failedRun }));
    assert.equal(failed.ok, false);
    assert.deepEqual(Object.keys(failed.run ?? {}), ['outcome', 'mfu', 'seconds', 'error']);
    assert.equal(failed.run?.error?.code, 'invalid_return_type');
  });
});
