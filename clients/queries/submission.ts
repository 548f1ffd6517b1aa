import type { Client } from '@temporalio/client';
import type { LedgerReader, SubmissionDetail } from '../../lib/store/index.js';
import { findWorkflowId, readLive, type LiveSubmission } from './live.js';
import { submissionView, type SubmissionView } from './submission-view.js';

/** What can be asked; null: it does not answer, or is not asked. */
export interface Sources {
  readonly ledger: LedgerReader | null;
  readonly temporal: Client | null;
}

/**
 * A submission by its id, its workflow id or its hotkey (the newest). What one of the two does not tell, because
 * it does not answer, the other one may.
 *
 * @returns null when neither the ledger nor Temporal knows it
 */
export const findSubmission = async (
  name: string,
  { ledger, temporal }: Sources,
): Promise<SubmissionView | null> => {
  const recorded = await attempt(() => ledger?.submissionStatus(name));
  const live = await attempt(() => temporal && liveOf(temporal, name, recorded.value));
  const view = submissionView(recorded.value, live.value);
  if (view === null && recorded.error !== null) throw recorded.error;
  if (view === null && live.error !== null) throw live.error;
  return view;
};

interface Attempt<T> {
  readonly value: T | null;
  readonly error: Error | null;
}

const attempt = async <T>(work: () => Promise<T | null> | null | undefined): Promise<Attempt<T>> => {
  try {
    return { value: (await work()) ?? null, error: null };
  } catch (error) {
    return { value: null, error: error instanceof Error ? error : new Error(String(error)) };
  }
};

/** What has been recorded for ever is not asked for again. */
const liveOf = async (
  client: Client,
  name: string,
  recorded: SubmissionDetail | null,
): Promise<LiveSubmission | null> => {
  if (recorded !== null && recorded.finishedAt !== null) return null;
  const workflowId = recorded?.workflowId ?? (await findWorkflowId(client, name));
  return workflowId === null ? null : readLive(client, workflowId);
};
