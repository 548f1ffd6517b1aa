import { setTimeout as sleep } from 'node:timers/promises';

import type { ChainReader, Inclusion, TransactionPlace, TransactionReader } from '../chain/index.js';
import { crusadesError } from '../errors/index.js';

/** Finality usually trails by two or three blocks; when it stalls, nobody knows for how long. */
const PATIENCE_BLOCKS = 50;
/** After a reorganisation a transaction comes back within few blocks, or not at all. */
const WANDERING_BLOCKS = 8;

type FinalityChain = Pick<ChainReader, 'finalizedHead' | 'blockTimeSeconds'> &
  Pick<TransactionReader, 'findTransaction'>;

/**
 * Waits until a transaction's block is final, and says where it stands then: a reorganisation may have moved it.
 *
 * @throws `chain_outcome_unknown` when finality stalls or the transaction is in no final block
 */
export const awaitFinal = async (
  chain: FinalityChain,
  call: string,
  { block, extrinsicHash }: Inclusion,
): Promise<TransactionPlace> => {
  const blockSeconds = await chain.blockTimeSeconds();
  const until = Date.now() + PATIENCE_BLOCKS * blockSeconds * 1000;
  for (;;) {
    const { number: finalized } = await chain.finalizedHead();
    if (finalized >= block) {
      const last = Math.min(finalized, block + WANDERING_BLOCKS);
      const place = await chain.findTransaction(
        { extrinsicHash },
        Math.max(1, block - WANDERING_BLOCKS),
        last,
      );
      if (place) return place;
    }
    const isLost = finalized >= block + WANDERING_BLOCKS;
    if (isLost || Date.now() > until) {
      throw crusadesError('chain_outcome_unknown', {
        call,
        seconds: Math.round(PATIENCE_BLOCKS * blockSeconds),
      });
    }
    await sleep((blockSeconds / 2) * 1000);
  }
};
