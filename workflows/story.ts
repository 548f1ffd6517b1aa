import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { crusadesError, type ErrorReport } from '../lib/errors/index.js';
import { searchAttributes, type OpenStage, type Stage } from '../lib/progress/index.js';
import { endingOf } from '../lib/scoring/ending.js';
import { describeStatus } from './details.js';
import { reportOf } from './failures.js';
import {
  cancelUpdate,
  prioritiseUpdate,
  reevaluateUpdate,
  statusQuery,
  type AttemptStatus,
  type HeldGpu,
  type Outcome,
  type Reasoned,
  type Resemblance,
  type SubmissionInput,
  type SubmissionStatus,
} from './messages.js';
import { operatorAction, refused, requireReason } from './operator-action.js';
import { controlActivities, ledgerNotes } from './proxies.js';

const DEFAULT_PRIORITY = 3;
/** Of Temporal's five priorities the last one. */
export const LOWEST_PRIORITY = 5;

/** What a submission tells the world while it runs, and what operators may tell it. */
export interface Story {
  /** Enters a stage, in the ledger and in Temporal's views, and does its work. */
  chapter<T>(stage: OpenStage, work: () => Promise<T>): Promise<T>;
  enter(stage: OpenStage, note?: { waitsFor?: string; gpu?: HeldGpu }): Promise<void>;
  noteAttempt(attempt: AttemptStatus): void;
  noteCode(sha256: string, uid: number): void;
  /** Somebody else's code is nearly the same: for operators to look at. */
  noteResemblance(resembles: Resemblance): void;
  /** 1 (first) to 5. */
  priority(): number;
  /** Runs an evaluation, and runs it anew whenever an operator asks for that. `n` counts from 1. */
  evaluations<T>(evaluate: (n: number) => Promise<T>): Promise<T>;
  /** The only place that turns a thrown failure into an outcome; both kinds of end are recorded. */
  conclude(work: () => Promise<number>): Promise<Outcome>;
}

export function beginStory({ commitment, settings, again }: SubmissionInput): Story {
  const { submissionId, key } = commitment;
  const ledger = ledgerNotes(settings.tuning);
  // What operators do is recorded by ordinary activities: local ones in an update handler did not survive replay
  // together with those of the main path (SDK 1.24, "Missing associated machine for LocalActivity").
  const { recordOutcome, recordOperatorAction, beginEvaluation } = controlActivities(settings.tuning);
  const whole = new CancellationScope();

  let status: SubmissionStatus = {
    submissionId,
    stage: 'awaiting_reveal',
    stages: [],
    waitsFor: null,
    evaluation: again?.evaluation ?? 1,
    attempts: [],
    gpu: null,
    mfu: null,
    error: null,
  };
  let priority = DEFAULT_PRIORITY;
  let cancelReason: string | undefined;
  let round = new CancellationScope();
  let ending = false;

  const update = (change: Partial<SubmissionStatus>): void => {
    status = { ...status, ...change };
    setCurrentDetails(describeStatus(status, commitment));
  };

  const reach = (stage: Stage, change: Partial<SubmissionStatus> = {}): void => {
    update({ stage, stages: [...status.stages, { stage, at: now() }], waitsFor: null, ...change });
    upsertSearchAttributes([{ key: searchAttributes.stage, value: stage }]);
  };

  const enter: Story['enter'] = async (stage, note = {}) => {
    reach(stage, {
      waitsFor: note.waitsFor ?? null,
      ...(note.gpu && { gpu: `${note.gpu.facts.name} at ${note.gpu.worker}` }),
    });
    await ledger.enterStage({
      submissionId,
      stage,
      at: now(),
      waitsFor: note.waitsFor ?? null,
      gpu: status.gpu,
    });
  };

  const recordAction = (name: string, action: Reasoned): Promise<void> =>
    recordOperatorAction(operatorAction(name, action, submissionId));

  upsertSearchAttributes([
    { key: searchAttributes.hotkey, value: key.hotkey },
    { key: searchAttributes.netuid, value: key.netuid },
    { key: searchAttributes.commitBlock, value: key.commitBlock },
    { key: searchAttributes.gpuClass, value: settings.competition.hparams.gpu_class },
    ...(commitment.revealAt
      ? [{ key: searchAttributes.revealTime, value: new Date(commitment.revealAt) }]
      : []),
  ]);

  setHandler(statusQuery, () => status, { description: 'Stage, attempts, error and remedy' });
  setHandler(
    cancelUpdate,
    async (action) => {
      cancelReason = action.reason;
      whole.cancel();
      await recordAction('cancel', action);
      return `cancelled while ${status.stage}`;
    },
    {
      validator: (action: Reasoned) => {
        requireReason(action);
        if (ending) throw refused('the submission is already being recorded');
      },
      description: 'Ends the submission; needs a reason',
    },
  );
  setHandler(
    reevaluateUpdate,
    async (action) => {
      const evaluation = status.evaluation + 1;
      update({ evaluation, attempts: [] });
      round.cancel();
      await beginEvaluation({ submissionId, evaluation });
      await recordAction('reevaluate', action);
      return `evaluation ${evaluation} begins`;
    },
    {
      validator: (action: Reasoned) => {
        requireReason(action);
        if (status.stage !== 'queued' && status.stage !== 'evaluating') {
          throw refused(`a submission is re-evaluated while it is queued or evaluating, not ${status.stage}`);
        }
      },
      description: 'Drops the attempts and evaluates anew; needs a reason',
    },
  );
  setHandler(
    prioritiseUpdate,
    async (action) => {
      priority = action.priority;
      await recordAction(`prioritise ${action.priority}`, action);
      return `priority ${action.priority}`;
    },
    {
      validator: (action: Reasoned & { priority: number }) => {
        requireReason(action);
        if (!Number.isInteger(action.priority) || action.priority < 1 || action.priority > LOWEST_PRIORITY) {
          throw refused(`priority is a whole number from 1 (first) to ${LOWEST_PRIORITY}`);
        }
      },
      description: 'Moves the submission in the GPU queue: 1 first, 5 last; needs a reason',
    },
  );

  const end = async (result: Pick<SubmissionStatus, 'mfu' | 'error'>): Promise<Outcome> => {
    ending = true;
    const recorded = await CancellationScope.nonCancellable(() =>
      recordOutcome({
        submissionId,
        evaluation: status.evaluation,
        stage: endingOf(result.error),
        at: now(),
        ...result,
      }),
    );
    // The ledger has the last word: the code may have turned out to be somebody else's meanwhile.
    const { stage, error, leads } = recorded;
    const mfu = stage === 'scored' ? result.mfu : null;
    reach(stage, { mfu, error, gpu: null });
    upsertSearchAttributes([
      { key: searchAttributes.outcome, value: outcomeOf(error) },
      ...(mfu === null ? [] : [{ key: searchAttributes.mfu, value: mfu }]),
    ]);
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    return { submissionId, stage, leads, mfu, error };
  };

  return {
    enter,
    priority: () => priority,

    async chapter(stage, work) {
      await enter(stage);
      return work();
    },

    noteAttempt(attempt) {
      update({ attempts: [...status.attempts, attempt] });
    },

    noteCode(sha256, uid) {
      upsertSearchAttributes([
        { key: searchAttributes.codeHash, value: sha256 },
        { key: searchAttributes.uid, value: uid },
      ]);
    },

    noteResemblance(resembles) {
      update({ resembles });
    },

    async evaluations(evaluate) {
      for (;;) {
        const { evaluation } = status;
        round = new CancellationScope();
        try {
          return await round.run(() => evaluate(evaluation));
        } catch (error) {
          if (status.evaluation === evaluation) throw error;
        }
      }
    },

    async conclude(work) {
      try {
        const mfu = await whole.run(async () => {
          await ledger.openSubmission({ commitment, settings: settings.competition });
          return work();
        });
        return await end({ mfu, error: null });
      } catch (error) {
        const report =
          cancelReason === undefined
            ? reportOf(error)
            : crusadesError('submission_cancelled', { reason: cancelReason }).report();
        return end({ mfu: null, error: report });
      }
    },
  };
}

/** Times are UTC; inside a workflow `Date` is the time of the current workflow task. */
const now = (): string => new Date().toISOString();

/**
 * What operators filter by: `scored`, or what went wrong. Too low a success rate is only the sum of it; the attempts'
 * own failure, `out_of_memory` for example, is what somebody looks for.
 */
const outcomeOf = (error: ErrorReport | null): string => {
  const cause = error?.details['cause'];
  return typeof cause === 'string' ? cause : (error?.code ?? 'scored');
};
