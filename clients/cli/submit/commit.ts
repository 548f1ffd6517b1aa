import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyringPair } from '@polkadot/keyring/types';
import { submissionIdOf } from '../../../lib/admission/index.js';
import {
  sealCommitment,
  type Chain,
  type ObservedCommitment,
  type SealedCommitment,
} from '../../../lib/chain/index.js';
import { CrusadesError } from '../../../lib/errors/index.js';
import { submissionWorkflowId, type Subnet } from '../../../lib/progress/index.js';

/** What the chain has taken. */
export interface Committed {
  readonly submissionId: string;
  readonly workflowId: string;
  readonly hotkey: string;
  readonly commitBlock: number;
  readonly revealRound: number;
  /** UTC. */
  readonly revealAt: string;
  /** Null when the transaction was lost sight of and found again by what it wrote. */
  readonly extrinsicHash: string | null;
}

export interface CommitOrder {
  readonly text: string;
  readonly signer: KeyringPair;
  readonly subnet: Subnet;
  readonly revealBlocks: number;
}

type CommittingChain = Pick<Chain, 'beacon' | 'blockTimeSeconds' | 'setCommitment' | 'commitmentsOf'>;

/** Seals the text from now on and commits it. @throws `chain_*` */
export const commit = async (chain: CommittingChain, order: CommitOrder): Promise<Committed> => {
  const { signer, subnet, text, revealBlocks } = order;
  const beacon = await chain.beacon();
  const sealed = sealCommitment(text, {
    blocksAhead: revealBlocks,
    blockSeconds: await chain.blockTimeSeconds(),
    beacon,
    now: Date.now() / 1000,
  });
  const { block, extrinsicHash } = await send(chain, order, sealed);
  const key = { ...subnet, hotkey: signer.address, commitBlock: block };
  const revealSeconds = beacon.genesisSeconds + (sealed.revealRound - 1) * beacon.periodSeconds;
  return {
    submissionId: submissionIdOf(key),
    workflowId: submissionWorkflowId(key),
    hotkey: signer.address,
    commitBlock: block,
    revealRound: sealed.revealRound,
    revealAt: new Date(revealSeconds * 1000).toISOString(),
    extrinsicHash,
  };
};

const send = async (
  chain: CommittingChain,
  { signer, subnet }: CommitOrder,
  sealed: SealedCommitment,
): Promise<{ readonly block: number; readonly extrinsicHash: string | null }> => {
  try {
    return await chain.setCommitment(signer, subnet.netuid, sealed);
  } catch (error) {
    if (!(error instanceof CrusadesError) || error.code !== 'chain_outcome_unknown') throw error;
    const block = await blockOfOurs(chain, subnet.netuid, signer.address, sealed);
    if (block === null) throw error;
    return { block, extrinsicHash: null };
  }
};

const LOOKS = 5;

/** Whether a transaction of which no answer came is in a block after all: its ciphertext is nobody else's. */
const blockOfOurs = async (
  chain: CommittingChain,
  netuid: number,
  hotkey: string,
  { ciphertext }: SealedCommitment,
): Promise<number | null> => {
  const digest = createHash('sha256').update(ciphertext).digest('hex');
  const isOurs = ({ content }: ObservedCommitment): boolean =>
    content.kind === 'sealed' && content.digest === digest;
  for (let look = 0; look < LOOKS; look += 1) {
    const { commitments } = await chain.commitmentsOf(netuid, hotkey);
    const ours = commitments.find(isOurs);
    if (ours) return ours.commitBlock;
    await sleep((await chain.blockTimeSeconds()) * 1000);
  }
  return null;
};
