import { defaultPayloadConverter } from '@temporalio/common';
import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { submissionIdOf } from '../../lib/admission/index.js';
import { searchAttributes, type GpuHeartbeat } from '../../lib/progress/index.js';
import type { Outcome, SubmissionStatus } from '../../workflows/messages.js';

/** What Temporal knows of a submission: the work in flight. */
export interface LiveSubmission {
  readonly workflowId: string;
  /** `RUNNING`, `COMPLETED`, `FAILED` and so on, as Temporal names them. */
  readonly execution: string;
  readonly startedAt: string;
  readonly closedAt: string | null;
  /** Where the list of the Temporal UI shows it; known without a worker. */
  readonly marks: {
    readonly hotkey: string | null;
    readonly netuid: number | null;
    readonly commitBlock: number | null;
    readonly uid: number | null;
    readonly stage: string | null;
    readonly outcome: string | null;
    readonly mfu: number | null;
    readonly codeSha256: string | null;
    readonly revealAt: string | null;
  };
  /** The workflow's own answer; null when no control worker gives it. */
  readonly status: SubmissionStatus | null;
  /** How it ended; null while it runs. */
  readonly outcome: Outcome | null;
  /** What the GPU is doing now. */
  readonly running: GpuHeartbeat | null;
}

type Submission = () => Promise<Outcome>;

/** A question to a server that hangs must not hang a command. */
const DEADLINE_MS = 5_000;
/** A query needs a control worker; without one it is not waited for long. */
const QUERY_DEADLINE_MS = 3_000;
/** Submissions are looked through, newest first, when only the submission's own id is known. */
const MOST_LOOKED_THROUGH = 5_000;

/** @returns null when Temporal knows no such workflow */
export const readLive = async (client: Client, workflowId: string): Promise<LiveSubmission | null> => {
  const handle = client.workflow.getHandle(workflowId);
  const described = await client
    .withDeadline(Date.now() + DEADLINE_MS, () => handle.describe())
    .catch(nullWhenUnknown);
  if (described === null || described.type !== 'submission') return null;
  const attributes = described.typedSearchAttributes;
  const execution = described.status.name;
  const status = await client
    .withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query<SubmissionStatus>('status'))
    .catch(() => null);
  return {
    workflowId,
    execution,
    startedAt: described.startTime.toISOString(),
    closedAt: described.closeTime?.toISOString() ?? null,
    marks: {
      hotkey: attributes.get(searchAttributes.hotkey) ?? null,
      netuid: attributes.get(searchAttributes.netuid) ?? null,
      commitBlock: attributes.get(searchAttributes.commitBlock) ?? null,
      uid: attributes.get(searchAttributes.uid) ?? null,
      stage: attributes.get(searchAttributes.stage) ?? null,
      outcome: attributes.get(searchAttributes.outcome) ?? null,
      mfu: attributes.get(searchAttributes.mfu) ?? null,
      codeSha256: attributes.get(searchAttributes.codeHash) ?? null,
      revealAt: attributes.get(searchAttributes.revealTime)?.toISOString() ?? null,
    },
    status,
    outcome: execution === 'COMPLETED' ? await outcomeOf(client, workflowId) : null,
    running: heartbeatOf(described.raw.pendingActivities ?? []),
  };
};

const outcomeOf = async (client: Client, workflowId: string): Promise<Outcome | null> =>
  client
    .withDeadline(Date.now() + DEADLINE_MS, () => client.workflow.getHandle<Submission>(workflowId).result())
    .catch((error: unknown) => {
      if (error instanceof WorkflowFailedError) return null;
      throw error;
    });

type PendingActivity = {
  readonly activityType?: { readonly name?: string | null } | null;
  readonly heartbeatDetails?: { readonly payloads?: readonly object[] | null } | null;
};

/** The attempt's heartbeat says more than that of the hold around it. */
export const heartbeatOf = (activities: readonly PendingActivity[]): GpuHeartbeat | null => {
  const beats = activities
    .filter(({ activityType }) => activityType?.name === 'runAttempt')
    .map(({ heartbeatDetails }) => heartbeatDetails?.payloads?.[0])
    .filter((payload) => payload !== undefined)
    .map((payload) => defaultPayloadConverter.fromPayload<GpuHeartbeat>(payload));
  return beats[0] ?? null;
};

const nullWhenUnknown = (error: unknown): null => {
  if (error instanceof WorkflowNotFoundError) return null;
  throw error;
};

/** A submission's id, a hotkey (its newest submission) or a workflow id, found without the ledger. */
export const findWorkflowId = async (client: Client, name: string): Promise<string | null> => {
  if (name.includes('/')) return name;
  const byHotkey = !/^[0-9a-f]{12}$/.test(name);
  if (byHotkey && !/^[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(name)) return null;
  const query = [
    'WorkflowType = "submission"',
    ...(byHotkey ? [`${searchAttributes.hotkey.name} = "${name}"`] : []),
  ].join(' AND ');
  let looked = 0;
  let newest: { id: string; block: number } | null = null;
  for await (const { workflowId } of client.workflow.list({ query })) {
    const key = keyOfWorkflowId(workflowId);
    if (key && byHotkey && key.commitBlock > (newest?.block ?? -1)) {
      newest = { id: workflowId, block: key.commitBlock };
    }
    if (key && !byHotkey && submissionIdOf(key) === name) return workflowId;
    if (++looked >= MOST_LOOKED_THROUGH) break;
  }
  return newest?.id ?? null;
};

/** What a submission's workflow id says: `finney/3/submission/<hotkey>/<commit block>`. */
export const keyOfWorkflowId = (workflowId: string) => {
  const [, network, netuid, hotkey, commitBlock] =
    /^([^/]+)\/(\d+)\/submission\/([^/]+)\/(\d+)$/.exec(workflowId) ?? [];
  if (network === undefined || hotkey === undefined) return null;
  return { network, netuid: Number(netuid), hotkey, commitBlock: Number(commitBlock) };
};
