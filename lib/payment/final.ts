import { setTimeout as sleep } from 'node:timers/promises';

import type { ChainReader, Inclusion, TransactionPlace, TransactionReader } from '../chain/index.js';
import { CrusadesError, crusadesError } from '../errors/index.js';

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
    const { finalized, place } = await look(chain, { block, extrinsicHash });
    if (place) return place;
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

/** A read that fails says nothing of the transaction, which is in a block by now: it is looked for again. */
const look = async (
  chain: FinalityChain,
  { block, extrinsicHash }: Pick<Inclusion, 'block' | 'extrinsicHash'>,
): Promise<{ readonly finalized: number; readonly place: TransactionPlace | null }> => {
  try {
    const { number: finalized } = await chain.finalizedHead();
    if (finalized < block) return { finalized, place: null };
    const first = Math.max(1, block - WANDERING_BLOCKS);
    const last = Math.min(finalized, block + WANDERING_BLOCKS);
    return { finalized, place: await chain.findTransaction({ extrinsicHash }, first, last) };
  } catch (error) {
    if (!(error instanceof CrusadesError) || !error.definition.retryable) throw error;
    return { finalized: 0, place: null };
  }
};
