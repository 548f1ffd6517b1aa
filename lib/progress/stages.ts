/** Stages of a submission that is still on its way, in order. */
export const OPEN_STAGES = [
  'awaiting_reveal',
  'admitting',
  'fetching',
  'scanning',
  'queued',
  'evaluating',
  'recording',
] as const;

/** Stages in which a submission ends. */
export const FINAL_STAGES = ['scored', 'rejected', 'failed', 'cancelled', 'superseded', 'expired'] as const;

export type OpenStage = (typeof OPEN_STAGES)[number];
export type FinalStage = (typeof FINAL_STAGES)[number];
export type Stage = OpenStage | FinalStage;

/** Stages of a replay, in order; it ends in one of the last two. */
export type ReplayStage = 'recalling' | 'queued' | 'evaluating' | 'recording' | 'replayed' | 'failed';

export const isFinal = (stage: string): stage is FinalStage =>
  (FINAL_STAGES as readonly string[]).includes(stage);

/** What the evaluator is doing within one attempt, in order; `held` is a GPU between two attempts. */
export type AttemptPhase = 'held' | 'starting' | 'warming_up' | 'timed' | 'judging';

/** Heartbeat of a GPU activity: what an operator sees of it in the Temporal UI. */
export interface GpuHeartbeat {
  readonly phase: AttemptPhase;
  /** Number of the attempt, 1 to evaluation_runs; 0 while none runs. */
  readonly attempt: number;
  /** Seconds since the phase began. */
  readonly elapsedSeconds: number;
}
