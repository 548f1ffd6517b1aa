import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { WeightPlan } from '../lib/weights/index.js';
import { hasCode, reportOf } from './failures.js';
import {
  newLeaderSignal,
  settingsChangedSignal,
  weightsStatusQuery,
  type WeightsInput,
  type WeightsStatus,
} from './messages.js';
import { controlActivities } from './proxies.js';

/** Tries of one decision: what stays unknown for so long is decided anew from the chain. */
const MOST_TRIES = 3;

/** What is refused once is likely to be refused again: pauses double from the first to the longest. */
const FIRST_PAUSE_SECONDS = 12;
const LONGEST_PAUSE_SECONDS = 600;

/**
 * Keeps the weights on chain what the ledger says they should be, for ever: at each interval, and soon after a
 * new leader. Every try is recorded, and each is read back from the chain.
 */
export async function weights({ subnet, ...carried }: WeightsInput): Promise<void> {
  let { settings } = carried;
  let told = false;
  let failures = 0;
  let status: WeightsStatus = { lastDecision: null, lastOutcome: null, nextAt: null };

  setHandler(weightsStatusQuery, () => status, { description: 'Last decision, its outcome, and the next' });
  setHandler(newLeaderSignal, () => void (told = true), { description: 'A submission has taken the lead' });
  setHandler(settingsChangedSignal, (changed) => void (settings = changed));

  const tell = (change: Partial<WeightsStatus>): void => {
    status = { ...status, ...change };
    setCurrentDetails(
      [
        status.lastDecision && `Decided: ${status.lastDecision}`,
        status.lastOutcome && `Outcome: ${status.lastOutcome}`,
        status.nextAt && `Next at ${status.nextAt}`,
      ]
        .filter(Boolean)
        .join('\n\n'),
    );
  };

  while (
    !workflowInfo().continueAsNewSuggested &&
    workflowInfo().historyLength < settings.tuning.intake.history_events_before_continue_as_new
  ) {
    told = false;
    const activities = controlActivities(settings.tuning);
    const plan = await activities.planWeights({ subnet, hparams: settings.competition.hparams });
    const due = plan.due;
    if (due !== null) {
      tell({ lastDecision: `${due}: ${describeTarget(plan)} at block ${plan.decidedBlock}` });
      const { outcome, failed } = await carryOut(plan, due);
      failures = failed ? failures + 1 : 0;
      tell({ lastOutcome: outcome });
    }
    const seconds = due === null ? plan.nextInSeconds : pauseAfter(failures);
    tell({ nextAt: new Date(Date.now() + seconds * 1000).toISOString() });
    await condition(() => told, seconds * 1000, { summary: 'until weights are due again' });
  }

  await condition(allHandlersFinished);
  await continueAsNew<typeof weights>({ subnet, settings });

  /** Sends the weights of one decision until the chain shows them; an unknown outcome is looked up first. */
  async function carryOut(
    plan: WeightPlan,
    reason: string,
  ): Promise<{ readonly outcome: string; readonly failed: boolean }> {
    const { submitWeights, confirmWeights, recordWeights } = controlActivities(settings.tuning);
    for (let attempt = 1; ; attempt += 1) {
      const record = {
        ...subnet,
        hotkey: plan.hotkey,
        decidedBlock: plan.decidedBlock,
        attempt,
        target: plan.target,
        route: plan.route,
        reason,
        at: new Date().toISOString(),
        txHash: null,
        block: null,
        confirmedBlock: null,
        error: null,
      };
      try {
        const sent = await submitWeights({ subnet, plan });
        const { block, txHash } = sent;
        await recordWeights({ ...record, outcome: 'submitted', txHash, block });
        const confirmedBlock = await confirmWeights({ subnet, plan, sent });
        await recordWeights({ ...record, outcome: 'confirmed', txHash, block, confirmedBlock });
        return { outcome: `confirmed at block ${confirmedBlock}`, failed: false };
      } catch (error) {
        const report = reportOf(error);
        const unknown = hasCode(error, 'chain_outcome_unknown') || hasCode(error, 'activity_timed_out');
        await recordWeights({ ...record, outcome: unknown ? 'unknown' : 'failed', error: report });
        if (unknown && attempt < MOST_TRIES) continue;
        // An outdated plan is no failure of what will be decided next.
        const failed = !hasCode(error, 'weights_plan_outdated');
        return { outcome: `${report.code}: ${report.message}`, failed };
      }
    }
  }
}

const pauseAfter = (failures: number): number =>
  failures === 0 ? 1 : Math.min(FIRST_PAUSE_SECONDS * 2 ** (failures - 1), LONGEST_PAUSE_SECONDS);

const describeTarget = ({ target, route }: WeightPlan): string =>
  `${target.map(({ uid, share }) => `uid ${uid} ${(share * 100).toFixed(1)} %`).join(', ')} by ${route}`;
