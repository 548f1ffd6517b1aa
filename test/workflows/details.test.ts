import assert from 'node:assert/strict';
import type { FreshCommitment } from '../../lib/admission/index.js';
import { describeStatus } from '../../workflows/details.js';
import type { SubmissionStatus } from '../../workflows/messages.js';

describe('the current details of a submission', () => {
  const key = { network: 'devnet', netuid: 3, hotkey: '5Miner', commitBlock: 9 };
  const commitment = { key, revealAt: null } as unknown as FreshCommitment;
  const status: SubmissionStatus = {
    ...{ submissionId: 's', stage: 'queued', stages: [], waitsFor: null, evaluation: 1 },
    ...{ attempts: [], gpu: null, mfu: null, error: null },
  };

  it('say whose code it nearly is', () => {
    const resembles = { submissionId: '0123456789ab', hotkey: '5First', similarity: 0.934 };
    assert.match(
      describeStatus({ ...status, resembles }, commitment),
      /near-duplicate \(0\.93 of 1\) of submission `0123456789ab` of `5First`/,
    );
    assert.doesNotMatch(describeStatus(status, commitment), /near-duplicate/);
  });
});
