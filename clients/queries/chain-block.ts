import type { ChainReader } from '../../lib/chain/index.js';
import type { SubmissionSummary } from '../../lib/store/index.js';

/** The block that "now" means, and how it is known: thresholds decay by blocks. */
export interface BlockNow {
  readonly block: number;
  readonly source: 'chain' | 'estimate';
}

export const blockOfChain = async (chain: Pick<ChainReader, 'head'>): Promise<BlockNow> => ({
  block: (await chain.head()).number,
  source: 'chain',
});

/**
 * Block of a chain that does not answer: that of a recorded commitment, and what has passed since.
 *
 * @param blockSeconds `block_time` of the settings
 * @param now milliseconds
 */
export const estimatedBlock = (
  last: Pick<SubmissionSummary, 'commitBlock' | 'createdAt'> | undefined,
  blockSeconds: number,
  now: number,
): BlockNow => {
  if (last === undefined) return { block: 0, source: 'estimate' };
  const passed = Math.max(0, now - Date.parse(last.createdAt)) / 1000;
  return { block: last.commitBlock + Math.floor(passed / blockSeconds), source: 'estimate' };
};
