import { crusadesError, type ErrorReport } from '../lib/errors/index.js';
import type { ComparedAttempt } from '../lib/scoring/index.js';
import type { Hparams } from '../lib/settings/index.js';
import type { AttemptFacts, Ledger, RecordedAttempt, StoredCode } from '../lib/store/index.js';
import { factsOf, type AttemptPlace } from './attempt-facts.js';
import { withFailures } from './failures.js';
import type { AttemptRecord } from './gpu.js';

export interface ReplayDependencies {
  readonly ledger: Pick<Ledger, 'recallAttempt' | 'recordReplay'>;
}

/** Which attempt is meant. */
export interface AttemptName {
  readonly submissionId: string;
  readonly evaluation: number;
  readonly number: number;
}

/** Which replay of it, and who wanted it. */
export interface ReplayName extends AttemptName {
  readonly n: number;
  readonly requestedBy: string;
  readonly reason: string | null;
  readonly requestedAt: string;
}

/** All that a recorded attempt is run again from. */
export interface Recalled {
  readonly hotkey: string;
  readonly uid: number | null;
  readonly code: StoredCode;
  /** As they were frozen into the submission. */
  readonly hparams: Hparams;
  readonly seed: string;
  /** What the replay is compared with; not the output, which may be long. */
  readonly recorded: ComparedAttempt;
}

/** How a replay went: with a result, or with the reason why there is none. */
export type ReplayEnd =
  | { readonly attempt: AttemptRecord; readonly gpu: AttemptPlace }
  | { readonly error: ErrorReport; readonly at: string };

/** What a replay takes from the ledger, and what it leaves there: nothing that decides a score. */
export const createReplayActivities = ({ ledger }: ReplayDependencies) =>
  withFailures({
    /** Throws `attempt_unknown`, and `attempt_without_seed` for what ended before its seed was drawn. */
    async recallAttempt({ submissionId, evaluation, number }: AttemptName): Promise<Recalled> {
      const recalled = await ledger.recallAttempt(submissionId, evaluation, number);
      if (recalled === null) {
        const reason = `the ledger has no attempt ${number} of evaluation ${evaluation}`;
        throw crusadesError('attempt_unknown', { submission: submissionId, reason });
      }
      const { key, uid, code, settings, attempt } = recalled;
      const { outcome, seed } = attempt;
      if (seed === null) {
        throw crusadesError('attempt_without_seed', { submission: submissionId, attempt: number, outcome });
      }
      return {
        hotkey: key.hotkey,
        uid,
        code,
        hparams: settings.hparams,
        seed,
        recorded: comparedOf(attempt),
      };
    },

    async recordReplay({
      replay,
      end,
    }: {
      readonly replay: ReplayName;
      readonly end: ReplayEnd;
    }): Promise<void> {
      const facts = 'attempt' in end ? factsOf(end.attempt, end.gpu) : withoutResult(replay, end);
      await ledger.recordReplay({ ...replay, ...facts });
    },
  });

export type ReplayActivities = ReturnType<typeof createReplayActivities>;

const comparedOf = (attempt: RecordedAttempt): ComparedAttempt => {
  const { outcome, mfu, seconds, finalLoss, statistics, environment } = attempt;
  return { outcome, mfu, seconds, finalLoss, statistics, environment };
};

/** No GPU brought it to an end: what is known is why. */
const withoutResult = (
  { requestedAt }: ReplayName,
  { error, at }: { readonly error: ErrorReport; readonly at: string },
): AttemptFacts => ({
  outcome: error.code,
  error,
  mfu: null,
  seconds: null,
  tokens: null,
  finalLoss: null,
  seed: null,
  seedCommitment: null,
  statistics: [],
  limits: {},
  phases: {},
  environment: {},
  isolation: null,
  gpuQueue: null,
  worker: null,
  imageDigest: null,
  outputTail: '',
  startedAt: requestedAt,
  finishedAt: at,
});
