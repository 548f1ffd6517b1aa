import assert from 'node:assert/strict';

import { CATALOGUE, type ErrorCode } from '../../../lib/errors/index.js';
import { endingOf } from '../../../lib/scoring/index.js';

describe('endingOf', () => {
  const ending = (code: ErrorCode) => endingOf({ code, ...CATALOGUE[code] });

  it('is `scored` without an error', () => {
    assert.equal(endingOf(null), 'scored');
  });

  it('has a stage of its own for what ends a submission before anybody judged it', () => {
    assert.equal(ending('commitment_expired'), 'expired');
    assert.equal(ending('commitment_superseded'), 'superseded');
    assert.equal(ending('submission_cancelled'), 'cancelled');
  });

  it('rejects what the miner handed in, and fails what came of running it', () => {
    assert.equal(ending('hotkey_not_registered'), 'rejected');
    assert.equal(ending('fetch_hash_mismatch'), 'rejected');
    assert.equal(ending('scan_rejected'), 'rejected');
    assert.equal(ending('code_duplicate'), 'rejected');
    assert.equal(ending('success_rate_too_low'), 'failed');
  });

  it('never rejects for a fault of ours', () => {
    assert.equal(ending('scanner_failed'), 'failed');
    assert.equal(ending('gpu_lost_too_often'), 'failed');
    assert.equal(ending('chain_timeout'), 'failed');
  });
});
