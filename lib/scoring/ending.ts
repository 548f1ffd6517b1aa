import type { ErrorReport } from '../errors/index.js';
import type { FinalStage } from '../progress/index.js';

const STAGE_OF_CODE: Readonly<Record<string, FinalStage>> = {
  commitment_expired: 'expired',
  commitment_superseded: 'superseded',
  submission_cancelled: 'cancelled',
};

/** Stages whose refusals are the miner's to mend before anything was measured. */
const REJECTING_STAGES: readonly string[] = ['awaiting_reveal', 'admitting', 'fetching', 'scanning'];

/**
 * The stage in which a submission ends: `rejected` for what the miner handed in, `failed` for what came of
 * running it, or for what we could not do.
 */
export function endingOf(error: Pick<ErrorReport, 'code' | 'stage' | 'fault'> | null): FinalStage {
  if (error === null) return 'scored';
  const named = STAGE_OF_CODE[error.code];
  if (named) return named;
  return error.fault === 'miner' && REJECTING_STAGES.includes(error.stage) ? 'rejected' : 'failed';
}
