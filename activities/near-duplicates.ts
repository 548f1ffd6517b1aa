import { log } from '@temporalio/activity';
import { NEAR_DUPLICATE, nearestOf } from '../lib/scan/sketch.js';
import type { Ledger, NearestCode } from '../lib/store/index.js';

type Sketches = Pick<Ledger, 'keepSketch' | 'comparableSketches' | 'recordNearest'>;

/**
 * Compares code with what other hotkeys have in the competition, and keeps what is nearest for operators to see; no
 * submission is rejected by it. The own sketch is kept first, so that of two that are scanned at once at least one
 * sees the other.
 *
 * @returns what is as near as a near-duplicate
 */
export const compareCode = async (
  ledger: Sketches,
  submissionId: string,
  sketch: string,
): Promise<NearestCode | null> => {
  await ledger.keepSketch({ submissionId, sketch });
  const candidates = await ledger.comparableSketches(submissionId);
  const found = nearestOf(sketch, candidates);
  const nearest = await ledger.recordNearest({
    submissionId,
    compared: candidates.length,
    nearest: found && { submissionId: found.candidate.submissionId, similarity: found.similarity },
  });
  if (nearest === null || nearest.similarity < NEAR_DUPLICATE) return null;
  const { hotkey, similarity } = nearest;
  log.warn('code resembles another submission', {
    ...{ submission: submissionId, resembles: nearest.submissionId, hotkey, similarity },
  });
  return nearest;
};
