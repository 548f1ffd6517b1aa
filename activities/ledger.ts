import type { Entry, FreshCommitment } from '../lib/admission/index.js';
import type { ChainReader } from '../lib/chain/types.js';
import { crusadesError } from '../lib/errors/index.js';
import { submissionWorkflowId, type OpenStage } from '../lib/progress/index.js';
import type { CompetitionSettings } from '../lib/settings/index.js';
import type { Ledger, NewOutcome, RecordedOutcome, StoredCode } from '../lib/store/index.js';
import { factsOf, type AttemptPlace } from './attempt-facts.js';
import { withFailures } from './failures.js';
import type { AttemptRecord } from './gpu.js';

export interface LedgerDependencies {
  readonly ledger: Ledger;
  readonly chain: Pick<ChainReader, 'head'>;
}

/** Activities that write the ledger. All are idempotent: Temporal may run any of them twice. */
export const createLedgerActivities = ({ ledger, chain }: LedgerDependencies) =>
  withFailures({
    async openSubmission({
      commitment,
      settings,
    }: {
      readonly commitment: FreshCommitment;
      readonly settings: CompetitionSettings;
    }): Promise<void> {
      const { submissionId, key, content } = commitment;
      await ledger.openSubmission({
        submissionId,
        key,
        workflowId: submissionWorkflowId(key),
        revealRound: content.kind === 'sealed' || content.kind === 'failed' ? content.revealRound : null,
        settings,
      });
    },

    async rememberCommitments(commitments: readonly FreshCommitment[]): Promise<void> {
      await ledger.rememberCommitments(
        commitments.map(({ key, content }) => ({
          ...key,
          digest: content.kind === 'sealed' ? content.digest : null,
          kind: content.kind,
          workflowId: submissionWorkflowId(key),
        })),
      );
    },

    async enterStage(entry: {
      readonly submissionId: string;
      readonly stage: OpenStage;
      readonly at: string;
      readonly waitsFor: string | null;
      readonly gpu: string | null;
    }): Promise<void> {
      const { submissionId, stage, at, waitsFor, gpu } = entry;
      const detail = { ...(waitsFor !== null && { waitsFor }), ...(gpu !== null && { gpu }) };
      await ledger.enterStage({ submissionId, stage, at, detail });
    },

    async recordAttempt(record: {
      readonly submissionId: string;
      readonly evaluation: number;
      readonly gpu: AttemptPlace;
      readonly attempt: AttemptRecord;
    }): Promise<void> {
      const { submissionId, evaluation, gpu, attempt } = record;
      await ledger.recordAttempt({
        submissionId,
        evaluation,
        number: attempt.number,
        ...factsOf(attempt, gpu),
      });
    },

    /** What was let in before, to be evaluated once more. Throws `evaluation_impossible` if it never was. */
    async recallSubmission({ submissionId }: { readonly submissionId: string }): Promise<{
      readonly entry: Entry;
      readonly code: StoredCode;
    }> {
      const recalled = await ledger.recall(submissionId);
      if (recalled === null) throw crusadesError('evaluation_impossible', { submission: submissionId });
      const { key, uid, url, committedHash, code } = recalled;
      const { hotkey, commitBlock } = key;
      return { entry: { submissionId, hotkey, commitBlock, uid, url, committedHash }, code };
    },

    async beginEvaluation(begun: {
      readonly submissionId: string;
      readonly evaluation: number;
    }): Promise<void> {
      await ledger.beginEvaluation(begun.submissionId, begun.evaluation);
    },

    /** Ends a submission, and elects the leader; the head of the chain is the clock of the threshold. */
    async recordOutcome(outcome: Omit<NewOutcome, 'block'>): Promise<RecordedOutcome> {
      const { number: block } = await chain.head();
      return ledger.recordOutcome({ ...outcome, block });
    },

    async recordOperatorAction(action: {
      readonly id: string;
      readonly action: string;
      readonly reason: string;
      readonly target: string;
      readonly actor: string;
      readonly at: string;
    }): Promise<void> {
      await ledger.recordOperatorAction(action);
    },
  });

export type LedgerActivities = ReturnType<typeof createLedgerActivities>;
