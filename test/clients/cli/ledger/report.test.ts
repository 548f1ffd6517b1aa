import assert from 'node:assert/strict';

import { verificationText } from '../../../../clients/cli/ledger/report.js';

const seen = { competitions: 1, submissions: 3, attempts: 15, leaderChanges: 2 };

describe('what `ledger verify` says', () => {
  it('is one line when nothing differs', () => {
    assert.equal(
      verificationText({ equal: true, ...seen, differences: [] }),
      'All of it follows from the attempts: 3 scored submissions, 15 attempts and 2 leader changes in 1 competition.',
    );
  });

  it('shows each difference with what is recorded and what follows', () => {
    const text = verificationText({
      equal: false,
      ...seen,
      differences: [
        {
          competition: { network: 'finney', netuid: 3, competitionVersion: 2 },
          what: 'score',
          submissionId: '0123456789ab',
          problem: 'the score is not the median of the recorded attempts',
          recorded: 60,
          computed: 40,
        },
      ],
    });
    assert.match(text, /^finney\/3 version 2, submission 0123456789ab: the score is not the median/);
    assert.match(text, /\n {2}recorded {2}60\n {2}computed {2}40\n1 difference in 3 scored submissions/);
  });
});
