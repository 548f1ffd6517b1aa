import { ApplicationFailure, currentUpdateInfo, workflowInfo } from '@temporalio/workflow';
import type { Reasoned } from './messages.js';

/** An operator's action as the ledger keeps it; the update's id makes it one record however often it is written. */
export const operatorAction = (action: string, { reason, actor }: Reasoned, target: string) => ({
  id: `${workflowInfo().workflowId}/${currentUpdateInfo()?.id ?? workflowInfo().runId}`,
  action,
  reason,
  target,
  actor: actor ?? 'unknown',
  at: new Date().toISOString(),
});

/** Refuses an update before it is accepted: nothing of it is written into the history. */
export const refused = (message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, 'update_refused');

/** Validator of updates: what an operator does needs a reason. */
export const requireReason = (action: Reasoned): void => {
  if (typeof action?.reason !== 'string' || action.reason.trim() === '') {
    throw refused('an operator’s action needs a reason');
  }
};
