import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  condition,
  continueAsNew,
  allHandlersFinished,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { FreshCommitment } from '../lib/admission/index.js';
import { intakeWorkflowId, searchAttributes, submissionWorkflowId } from '../lib/progress/index.js';
import {
  intakeStatusQuery,
  pauseIntakeUpdate,
  resumeIntakeUpdate,
  settingsChangedSignal,
  type IntakeInput,
  type Reasoned,
} from './messages.js';
import { operatorAction, requireReason } from './operator-action.js';
import { controlActivities } from './proxies.js';
import { submission } from './submission.js';

/**
 * Starts one submission workflow for each commitment on chain, for ever.
 *
 * A commitment is known once the ledger remembers it; until then it is found again, and Temporal refuses a
 * second workflow with its identifier. So a crash at any place neither misses nor doubles one.
 */
export async function intake({ subnet, ...carried }: IntakeInput): Promise<void> {
  let { settings, paused, cursor } = carried;
  let pauseReason: string | null = null;
  let started = 0;

  const tellOperators = (): void =>
    setCurrentDetails(
      paused
        ? `**paused**: ${pauseReason ?? 'before this run'}`
        : `Reads the commitments of netuid ${subnet.netuid}; last block ${cursor}, ${started} started in this run.`,
    );

  setHandler(intakeStatusQuery, () => ({ paused, pauseReason, cursor, started }), {
    description: 'Cursor, and whether intake is paused',
  });
  setHandler(settingsChangedSignal, (changed) => void (settings = changed), {
    description: 'A control worker has started with these settings',
  });
  const setPaused = (value: boolean) => async (action: Reasoned) => {
    const { recordOperatorAction } = controlActivities(settings.tuning);
    paused = value;
    pauseReason = value ? action.reason : null;
    tellOperators();
    const name = value ? 'pause intake' : 'resume intake';
    await recordOperatorAction(operatorAction(name, action, intakeWorkflowId(subnet)));
    return value ? 'paused' : 'resumed';
  };
  setHandler(pauseIntakeUpdate, setPaused(true), { validator: requireReason });
  setHandler(resumeIntakeUpdate, setPaused(false), { validator: requireReason });

  while (
    !workflowInfo().continueAsNewSuggested &&
    workflowInfo().historyLength < settings.tuning.intake.history_events_before_continue_as_new
  ) {
    tellOperators();
    await condition(() => !paused);
    const { watchCommitments, rememberCommitments } = controlActivities(settings.tuning);
    const seen = await watchCommitments({
      subnet,
      since: cursor,
      pollSeconds: settings.tuning.intake.poll_seconds,
    });
    for (const commitment of seen.fresh) await begin(commitment);
    if (seen.fresh.length > 0) await rememberCommitments(seen.fresh);
    started += seen.fresh.length;
    cursor = seen.block;
  }

  await condition(allHandlersFinished);
  await continueAsNew<typeof intake>({ subnet, settings, paused, cursor });

  async function begin(commitment: FreshCommitment): Promise<void> {
    const { key, submissionId } = commitment;
    try {
      await startChild(submission, {
        workflowId: submissionWorkflowId(key),
        args: [{ commitment, settings }],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${submissionId} · ${key.hotkey} · block ${key.commitBlock}`,
        typedSearchAttributes: [
          { key: searchAttributes.hotkey, value: key.hotkey },
          { key: searchAttributes.netuid, value: key.netuid },
        ],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}
