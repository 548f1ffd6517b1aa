import type { LedgerDifference, LedgerVerification } from '../../../lib/store/index.js';

/** What `ledger verify` says to people. */
export const verificationText = (verification: LedgerVerification): string =>
  [...verification.differences.map(differenceText), summary(verification)].join('\n');

const summary = ({
  differences,
  competitions,
  submissions,
  attempts,
  leaderChanges,
}: LedgerVerification): string => {
  const seen =
    `${counted(submissions, 'scored submission')}, ${counted(attempts, 'attempt')} and ` +
    `${counted(leaderChanges, 'leader change')} in ${counted(competitions, 'competition')}`;
  return differences.length === 0
    ? `All of it follows from the attempts: ${seen}.`
    : `${counted(differences.length, 'difference')} in ${seen}. Restore the ledger from a backup, or find out who wrote to it.`;
};

const differenceText = ({
  competition,
  submissionId,
  problem,
  recorded,
  computed,
}: LedgerDifference): string =>
  [
    `${competition.network}/${competition.netuid} version ${competition.competitionVersion}, submission ${submissionId}: ${problem}`,
    `  recorded  ${JSON.stringify(recorded)}`,
    `  computed  ${JSON.stringify(computed)}`,
  ].join('\n');

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
