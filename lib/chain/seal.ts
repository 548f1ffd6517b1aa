import { commitmentRound, encodeCommitmentText, encryptToRound, QUICKNET } from '../timelock/index.js';
import { crusadesError } from '../errors/index.js';
import type { BeaconFacts, SealedCommitment } from './types.js';

export interface SealingTerms {
  /** Blocks until everybody may read it. */
  readonly blocksAhead: number;
  readonly blockSeconds: number;
  readonly beacon: BeaconFacts;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * Seals a commitment to the round that is published `blocksAhead` blocks from now, with the official
 * package's round and in its layout (a SCALE string).
 *
 * @throws `chain_unsupported` for a beacon that counts rounds otherwise than quicknet: the formula is quicknet's
 */
export const sealCommitment = (
  text: string,
  { blocksAhead, blockSeconds, beacon, now }: SealingTerms,
): SealedCommitment => {
  if (beacon.genesisSeconds !== QUICKNET.genesis || beacon.periodSeconds !== QUICKNET.period) {
    throw crusadesError('chain_unsupported', {
      endpoint: 'this chain',
      item: `beacon of quicknet's genesis and period (${QUICKNET.genesis} s, ${QUICKNET.period} s)`,
    });
  }
  const revealRound = commitmentRound(blocksAhead, blockSeconds, now);
  const publicKey = Buffer.from(beacon.publicKey, 'hex');
  return { ciphertext: encryptToRound(encodeCommitmentText(text), revealRound, publicKey), revealRound };
};
