import {
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Recalled, ReplayEnd } from '../activities/replay.js';
import { crusadesError, type ErrorReport } from '../lib/errors/index.js';
import { searchAttributes } from '../lib/progress/index.js';
import { compareAttempts, type AttemptComparison } from '../lib/scoring/index.js';
import { describeReplay } from './details.js';
import { reportOf } from './failures.js';
import {
  replayStatusQuery,
  type HeldGpu,
  type ReplayInput,
  type ReplayOutcome,
  type ReplayStatus,
} from './messages.js';
import { controlActivities } from './proxies.js';

/** What a replay tells the world while it runs. */
export interface ReplayStory {
  noteRecalled(recalled: Recalled): void;
  queued(gpuClass: string): void;
  taken(gpu: HeldGpu): void;
  /** The only place that turns a thrown failure into an outcome; both kinds of end are recorded. */
  conclude(work: () => Promise<ReplayEnd>): Promise<ReplayOutcome>;
}

export function beginReplay({ subnet, replay, tuning }: ReplayInput): ReplayStory {
  const { recordReplay } = controlActivities(tuning);
  let recalled: Recalled | undefined;
  let turns = 0;
  let status: ReplayStatus = { stage: 'recalling', waitsFor: null, gpuClass: null, gpu: null, requeued: 0 };

  const tell = (result: Result | null = null): void =>
    setCurrentDetails(describeReplay(replay, status, result));

  const reach = (change: Partial<ReplayStatus> & Pick<ReplayStatus, 'stage'>): void => {
    status = { ...status, waitsFor: null, ...change };
    tell();
    upsertSearchAttributes([{ key: searchAttributes.stage, value: status.stage }]);
  };

  setHandler(replayStatusQuery, () => status, { description: 'Stage, what it waits for, GPU' });
  upsertSearchAttributes([{ key: searchAttributes.netuid, value: subnet.netuid }]);
  tell();

  const settle = async (work: () => Promise<ReplayEnd>): Promise<ReplayEnd> => {
    try {
      return await work();
    } catch (error) {
      const report = isCancellation(error) ? crusadesError('replay_cancelled', {}).report() : reportOf(error);
      return { error: report, at: new Date().toISOString() };
    }
  };

  return {
    noteRecalled(known) {
      recalled = known;
      upsertSearchAttributes([
        { key: searchAttributes.hotkey, value: known.hotkey },
        { key: searchAttributes.gpuClass, value: known.hparams.gpu_class },
        { key: searchAttributes.codeHash, value: known.code.sha256 },
        ...(known.uid === null ? [] : [{ key: searchAttributes.uid, value: known.uid }]),
      ]);
    },

    queued(gpuClass) {
      reach({
        stage: 'queued',
        waitsFor: `a GPU of class ${gpuClass}`,
        gpuClass,
        gpu: null,
        requeued: turns,
      });
      turns += 1;
    },

    taken(gpu) {
      reach({ stage: 'evaluating', gpu: `${gpu.facts.name} at ${gpu.worker}` });
    },

    async conclude(work) {
      const end = await settle(work);
      const known = recalled;
      // What could not be recalled has no original that it could stand beside.
      if (known) {
        reach({ stage: 'recording' });
        await CancellationScope.nonCancellable(() => recordReplay({ replay, end }));
      }
      const result = resultOf(known, end);
      reach({ stage: result.error ? 'failed' : 'replayed' });
      tell(result);
      upsertSearchAttributes([{ key: searchAttributes.outcome, value: wordFor(result) }]);
      const { submissionId, evaluation, number, n } = replay;
      return { submissionId, evaluation, number, n, ...result };
    },
  };
}

export interface Result {
  readonly comparison: AttemptComparison | null;
  readonly error: ErrorReport | null;
}

const resultOf = (recalled: Recalled | undefined, end: ReplayEnd): Result =>
  recalled && 'attempt' in end
    ? { comparison: compareAttempts(recalled.recorded, end.attempt), error: null }
    : { comparison: null, error: 'error' in end ? end.error : null };

/** What operators filter by. */
const wordFor = ({ comparison, error }: Result): string =>
  error ? error.code : comparison?.same ? 'same' : 'differs';
