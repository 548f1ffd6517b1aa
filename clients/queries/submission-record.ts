import { crusadesError } from '../../lib/errors/index.js';
import type {
  LedgerReader,
  NearestCode,
  RecordedReplay,
  StoredCode,
  SubmissionDetail,
} from '../../lib/store/index.js';

/** All that the ledger knows of one submission. */
export interface SubmissionRecord {
  readonly submission: SubmissionDetail;
  /** Null before it was fetched. */
  readonly code: StoredCode | null;
  /** Of the other hotkeys' code the most similar; null when there was nothing to compare it with. */
  readonly nearest: NearestCode | null;
  /** Attempts that were run again from the record, in order. */
  readonly replays: readonly RecordedReplay[];
  readonly leads: boolean;
  /** Tries of setting weights while it led, newest first; empty unless it leads. */
  readonly weights: readonly {
    readonly block: number | null;
    readonly outcome: string;
    readonly at: string;
  }[];
}

const MOST_WEIGHTS = 3;

/** @throws `submission_unknown` */
export const readRecord = async (ledger: LedgerReader, name: string): Promise<SubmissionRecord> => {
  const submission = await ledger.submissionStatus(name);
  if (submission === null) throw crusadesError('submission_unknown', { name });
  const { network, netuid, competitionVersion, submissionId } = submission;
  const competition = { network, netuid, competitionVersion };
  // The leader does not depend on the block; only the threshold, which is not needed here, decays with it.
  const { leader } = await ledger.standing(competition, submission.commitBlock);
  const leads = leader?.submissionId === submissionId;
  return {
    submission,
    code: await ledger.codeOf(submissionId),
    nearest: await ledger.nearestCode(submissionId),
    replays: await ledger.replaysOf(submissionId),
    leads,
    weights:
      leads && submission.finishedAt ? await weightsSince(ledger, submission, submission.finishedAt) : [],
  };
};

const weightsSince = async (
  ledger: LedgerReader,
  { network, netuid }: SubmissionDetail,
  since: string,
): Promise<SubmissionRecord['weights']> =>
  (await ledger.weightHistory({ network, netuid }, MOST_WEIGHTS))
    .filter(({ at }) => at >= since)
    .map(({ confirmedBlock, block, outcome, at }) => ({ block: confirmedBlock ?? block, outcome, at }));
