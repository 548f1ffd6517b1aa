import { randomUUID } from 'node:crypto';
import { Worker, type NativeConnection } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import { createGpuActivities, type AttemptRecord } from '../../activities/gpu.js';
import type { FreshCommitment } from '../../lib/admission/index.js';
import { createGpuSlot } from '../../lib/evaluate/gpu-slot.js';
import type { AttemptResult } from '../../lib/evaluate/result.js';
import type { EvaluatorSession } from '../../lib/evaluate/session.js';
import type { AttemptSpec } from '../../lib/evaluate/spec.js';
import { submissionWorkflowId } from '../../lib/progress/index.js';
import { competitionSettings, loadSettings, type TemporalSettings } from '../../lib/settings/index.js';
import type { submission } from '../../workflows/submission.js';
import type { Again, FrozenSettings, Outcome } from '../../workflows/messages.js';
import type { ControlActivities } from '../../workflows/proxies.js';
import { createLogger, type Logger } from '../../lib/telemetry/index.js';
import { holdTuner } from '../../workers/hold-slots.js';
import type { TemporalForTests } from './temporal.js';

const CODE = { text: 'def inner_steps(): ...', sha256: 'ab'.repeat(32), bytes: 22, url: 'http://m/train.py' };

/** Ledger and chain of one test, as far as workflows see them: what they wrote, and what they get told. */
export interface Written {
  readonly stages: string[];
  readonly attempts: AttemptRecord[];
  /** The evaluation that each attempt was recorded under. */
  readonly evaluations: number[];
  readonly outcomes: unknown[];
  readonly actions: string[];
}

/** Activities of a control worker in which everything goes well; a test replaces those that it is about. */
export function smoothActivities(written: Written): Partial<ControlActivities> {
  return {
    openSubmission: async () => undefined,
    beginEvaluation: async () => undefined,
    checkReveal: async () => ({ text: 'hash:url', revealBlock: 9 }),
    admit: async ({ commitment }) => ({
      submissionId: commitment.submissionId,
      hotkey: commitment.key.hotkey,
      uid: 4,
      commitBlock: commitment.key.commitBlock,
      url: CODE.url,
      committedHash: 'ab'.repeat(16),
    }),
    fetchCode: async () => CODE,
    scanCode: async () => ({ policy: '1', normalised: 'n', warnings: 0 }),
    enterStage: async ({ stage }) => void written.stages.push(stage),
    recordAttempt: async ({ attempt, evaluation }) => {
      written.attempts.push(attempt);
      written.evaluations.push(evaluation);
    },
    recordOperatorAction: async ({ action }) => void written.actions.push(action),
    recordOutcome: async (outcome) => {
      written.outcomes.push(outcome);
      return {
        stage: outcome.stage,
        error: outcome.error,
        leads: false,
        standing: { leader: null, threshold: 0.01, mfuToBeat: 0, block: 1 },
      };
    },
  };
}

export const nothingWritten = (): Written => ({
  stages: [],
  attempts: [],
  evaluations: [],
  outcomes: [],
  actions: [],
});

/** A result as the evaluator gives it. `mfu` null is a failure with `code`. */
export const attemptResult = (
  spec: AttemptSpec,
  mfu: number | null,
  code = 'moment_mismatch',
  fault: 'miner' | 'infrastructure' = 'miner',
): AttemptResult => ({
  version: 1,
  submission: spec.submission,
  attempt: spec.attempt,
  outcome: mfu === null ? code : 'scored',
  error:
    mfu === null
      ? {
          code,
          stage: 'evaluating',
          fault,
          retryable: fault === 'infrastructure',
          final: false,
          message: code,
          remedy: 'r',
          details: {},
        }
      : null,
  mfu,
  seconds: 1,
  tokens: 100,
  final_loss: 7,
  seed: '00',
  seed_commitment: '11',
  statistics: [],
  phases_s: {},
  isolation: { mode: 'two_users', notice: null },
  environment: {},
  output_tail: '',
  started_at: new Date().toISOString(),
  finished_at: new Date().toISOString(),
});

/** Starts the next referee, or throws what keeps it from starting. */
export type StartReferee = (session: EvaluatorSession) => Promise<EvaluatorSession>;

export type RunAttempt = (spec: AttemptSpec, signal: AbortSignal) => Promise<AttemptResult>;

/** One test's own queues, so that tests do not meet each other. */
export function settingsForTest(
  change: (settings: TemporalSettings) => TemporalSettings = (s) => s,
): FrozenSettings {
  const { hparams, temporal } = loadSettings({ hparamsPath: 'hparams/local.json' });
  const id = randomUUID().slice(0, 8);
  const tuning = change({
    ...temporal,
    task_queues: { control: `control-${id}`, gpu_prefix: `gpu-${id}-` },
  });
  return { competition: competitionSettings(hparams), tuning };
}

/** The commitment of a test's own miner. */
export function freshCommitment(change: Partial<FreshCommitment> = {}): FreshCommitment {
  const id = randomUUID().slice(0, 12);
  return {
    submissionId: id,
    key: { network: 'test', netuid: 3, hotkey: `5Miner${id}`, commitBlock: 7 },
    content: { kind: 'revealed', revealBlock: 9, text: 'hash:url' },
    revealAt: null,
    ...change,
  };
}

export async function controlWorker(
  { env, bundle }: TemporalForTests,
  settings: FrozenSettings,
  activities: Partial<ControlActivities>,
): Promise<Worker> {
  return Worker.create({
    connection: env.nativeConnection,
    taskQueue: settings.tuning.task_queues.control,
    workflowBundle: bundle,
    activities,
  });
}

export interface TestGpu {
  readonly workers: readonly Worker[];
  drain(): void;
  /** Submissions and attempts that ran here, in order. */
  readonly ran: string[];
}

const silent = (): Logger => {
  const logger = createLogger('test');
  logger.level = 'silent';
  return logger;
};

/** The GPU worker's real activities around a referee that the test plays. */
export async function gpuWorker(
  { env }: { readonly env: { readonly nativeConnection: NativeConnection } },
  { tuning }: FrozenSettings,
  runAttempt: RunAttempt,
  start: StartReferee = async (session) => session,
): Promise<TestGpu> {
  const classQueue = `${tuning.task_queues.gpu_prefix}cpu`;
  const queue = `${classQueue}@${randomUUID().slice(0, 8)}`;
  const ran: string[] = [];
  let alive = false;
  const session: EvaluatorSession = {
    facts: {
      device: 'cpu',
      name: 'x',
      uuid: 'x',
      driver: null,
      python: '3',
      torch: '2',
      transformers: '5',
      threads: 1,
    },
    alive: () => alive,
    close: async () => void (alive = false),
    run: async (spec, onPhase, signal) => {
      ran.push(`${spec.submission}/${spec.attempt}`);
      onPhase({
        event: 'phase',
        submission: spec.submission,
        attempt: spec.attempt,
        phase: 'timed',
        elapsed_s: 0,
      });
      return runAttempt(spec, signal);
    },
  };
  const slot = createGpuSlot(queue, async () => {
    const started = await start(session);
    alive = true;
    return started;
  });
  const device = { ...session.facts, peak_flops: 1e11 };
  const activities = createGpuActivities({ slot, worker: queue, device, imageDigest: null });
  const common = {
    connection: env.nativeConnection,
    activities,
    maxHeartbeatThrottleInterval: '500ms',
    defaultHeartbeatThrottleInterval: '500ms',
    shutdownGraceTime: '10s',
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: classQueue,
      tuner: holdTuner({
        warmUp: () => slot.warmUp(),
        logger: silent(),
        firstPauseMs: 20,
        longestPauseMs: 100,
      }),
    }),
    Worker.create({ ...common, taskQueue: queue, maxConcurrentActivityTaskExecutions: 2 }),
  ]);
  return { workers, ran, drain: () => slot.drain() };
}

/** Runs the workers while `test` runs; all have stopped when it returns. */
export async function running<T>(workers: readonly Worker[], test: () => Promise<T>): Promise<T> {
  const [first, ...others] = workers;
  return first ? first.runUntil(() => running(others, test)) : test();
}

export async function startSubmission(
  { env }: TemporalForTests,
  commitment: FreshCommitment,
  settings: FrozenSettings,
  again?: Again,
): Promise<WorkflowHandle<typeof submission>> {
  return env.client.workflow.start<typeof submission>('submission', {
    workflowId: submissionWorkflowId(commitment.key),
    taskQueue: settings.tuning.task_queues.control,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    args: [{ commitment, settings, ...(again && { again }) }],
  });
}

export type { Outcome };
