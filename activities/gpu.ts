import { activityInfo, cancellationSignal, getClient, heartbeat } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import { crusadesError } from '../lib/errors/index.js';
import { evaluatorFault } from '../lib/evaluate/faults.js';
import type { AttemptFailure, AttemptStatistic } from '../lib/evaluate/result.js';
import { peakOf, specOf, type DevicePeak } from '../lib/evaluate/spec.js';
import type { DeviceProbe } from '../lib/evaluate/messages.js';
import type { AttemptResult } from '../lib/evaluate/result.js';
import type { GpuSlot } from '../lib/evaluate/gpu-slot.js';
import type { GpuHeartbeat } from '../lib/progress/index.js';
import type { Hparams } from '../lib/settings/index.js';
import type { StoredCode } from './code.js';
import { withFailures } from './failures.js';

export interface HoldRequest {
  readonly holdId: string;
  readonly submissionId: string;
  readonly hotkey: string;
  /** Code and settings travel with the hold, so that a GPU host needs nothing but Temporal. */
  readonly code: StoredCode;
  readonly hparams: Hparams;
}

/** How a hold ended by itself. */
export interface HoldOutcome {
  readonly end: string;
  /** Number of the last attempt that has finished here; its result may still be on its way. 0 for none. */
  readonly finished: number;
}

export interface AttemptOrder {
  readonly holdId: string;
  /** 1 to evaluation_runs. */
  readonly number: number;
  /** Only to run a recorded attempt again. */
  readonly seed?: string;
}

/** One finished attempt, whatever its verdict: what the ledger keeps. */
export interface AttemptRecord {
  readonly number: number;
  /** `scored`, or the code of the verdict. */
  readonly outcome: string;
  /** Percent. */
  readonly mfu: number | null;
  /** Length of the timed window. */
  readonly seconds: number | null;
  readonly tokens: number;
  /** The contestant's claim. */
  readonly finalLoss: number | null;
  readonly error: AttemptFailure | null;
  readonly seed: string | null;
  readonly seedCommitment: string | null;
  readonly statistics: readonly AttemptStatistic[];
  readonly phases: Readonly<Record<string, number>>;
  readonly isolation: Readonly<AttemptResult['isolation']>;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly outputTail: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

export interface GpuDependencies {
  readonly slot: GpuSlot;
  /** `gpu-cpu@host-0`: who an operator looks for. */
  readonly worker: string;
  readonly device: DeviceProbe;
  readonly imageDigest: string | null;
}

const HEARTBEAT_MS = 2_000;

/** Activities of a GPU worker. It knows Temporal and its GPU; no chain, no wallet, no database. */
export const createGpuActivities = ({ slot, worker, device, imageDigest }: GpuDependencies) => {
  const holds = new Map<string, HoldRequest>();
  const finished = new Map<string, number>();

  return withFailures({
    /**
     * Holds the GPU until it is released, the worker drains, or the workflow is gone.
     * Heartbeats all the while: if they stop, Temporal declares the GPU lost.
     */
    async holdGpu(request: HoldRequest): Promise<HoldOutcome> {
      const { holdId, hparams } = request;
      const { workflowExecution } = activityInfo();
      if (!workflowExecution) throw new TypeError('a hold belongs to a workflow');
      const beating = beat(() => ({ phase: 'held', attempt: 0 }));
      try {
        const peak = peakOf({ name: device.name, measuredFlops: device.peak_flops }, hparams);
        const { ended } = await slot.take(holdId);
        holds.set(holdId, request);
        const facts = factsOf(device, peak, imageDigest);
        const { workflowId, runId } = workflowExecution;
        await getClient()
          .workflow.getHandle(workflowId, runId)
          .signal('gpuTaken', { holdId, queue: slot.queue, worker, facts });
        const end = await Promise.race([ended, cancelled()]);
        return { end, finished: finished.get(holdId) ?? 0 };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { end: 'workflow gone', finished: 0 };
        throw error;
      } finally {
        beating.stop();
        holds.delete(holdId);
        finished.delete(holdId);
        slot.release(holdId);
      }
    },

    /** Runs one attempt on the held GPU. Verdicts are results; only infrastructure throws, to be tried again. */
    async runAttempt({ holdId, number, seed }: AttemptOrder): Promise<AttemptRecord> {
      const request = holds.get(holdId);
      if (!request) throw crusadesError('gpu_hold_lost', { queue: slot.queue });
      const { submissionId, code, hparams } = request;
      let phase: GpuHeartbeat['phase'] = 'starting';
      const beating = beat(() => ({ phase, attempt: number }));
      const signal = cancellationSignal();
      try {
        const result = await slot.use(holdId, async (session) => {
          const spec = specOf({
            submissionId,
            number,
            code: code.text,
            codeSha256: code.sha256,
            seed: seed ?? null,
            settings: hparams,
            device: device.device,
            threads: device.threads,
            peak: peakOf({ name: device.name, measuredFlops: device.peak_flops }, hparams),
          });
          const ran = await session.run(spec, (event) => (phase = event.phase), signal);
          refuseInfrastructure(ran);
          finished.set(holdId, number);
          return ran;
        });
        return recordOf(result);
      } catch (error) {
        // Temporal must see its own kind of cancellation, not a library's AbortError.
        if (signal.aborted && !(error instanceof CancelledFailure)) throw signal.reason;
        throw error;
      } finally {
        beating.stop();
      }
    },

    /** Ends a hold at once. */
    async releaseGpu({ holdId }: { readonly holdId: string }): Promise<void> {
      slot.release(holdId);
      return Promise.resolve();
    },
  });

  /** A sign of life with the current phase, at an interval; the phase's own clock starts when it changes. */
  function beat(now: () => Pick<GpuHeartbeat, 'phase' | 'attempt'>): { stop(): void } {
    let since = Date.now();
    let last: string | undefined;
    const send = (): void => {
      const { phase, attempt } = now();
      if (phase !== last) since = Date.now();
      last = phase;
      heartbeat({ phase, attempt, elapsedSeconds: (Date.now() - since) / 1000 } satisfies GpuHeartbeat);
    };
    send();
    const timer = setInterval(send, HEARTBEAT_MS);
    return { stop: () => clearInterval(timer) };
  }
};

export type GpuActivities = ReturnType<typeof createGpuActivities>;

/** An attempt that failed through no fault of the miner is no result: it is tried again. */
function refuseInfrastructure({ error }: AttemptResult): void {
  if (error && (error.fault === 'infrastructure' || error.fault === 'operator')) {
    throw evaluatorFault(error.code, error.message);
  }
}

const recordOf = (result: AttemptResult): AttemptRecord => ({
  number: result.attempt,
  outcome: result.outcome,
  mfu: result.mfu,
  seconds: result.seconds,
  tokens: result.tokens,
  finalLoss: result.final_loss,
  error: result.error,
  seed: result.seed,
  seedCommitment: result.seed_commitment,
  statistics: result.statistics,
  phases: result.phases_s,
  isolation: result.isolation,
  environment: result.environment,
  outputTail: result.output_tail,
  startedAt: result.started_at,
  finishedAt: result.finished_at,
});

const factsOf = (device: DeviceProbe, peak: DevicePeak, imageDigest: string | null) => ({
  name: device.name,
  uuid: device.uuid,
  driver: device.driver,
  torch: device.torch,
  imageDigest,
  peakFlops: peak.flops,
  peakSource: peak.source,
});

const cancelled = (): Promise<never> =>
  new Promise((_resolve, reject) => {
    const signal = cancellationSignal();
    const refuse = (): void => reject(signal.reason as Error);
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse, { once: true });
  });
