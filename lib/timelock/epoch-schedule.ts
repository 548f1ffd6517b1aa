import { crusadesError } from '../errors/index.js';
import { QUICKNET } from './rounds.js';

/** The chain's epoch state of a subnet, as read at `currentBlock`. Blocks are numbers, tempo is in blocks. */
export interface EpochState {
  readonly currentBlock: number;
  readonly lastEpochBlock: number;
  /** 0: none pending. */
  readonly pendingEpochAt: number;
  readonly subnetEpochIndex: number;
  readonly tempo: number;
  readonly blocksSinceLastStep: number;
}

/** After so many blocks without one an epoch runs whatever the schedule says (`MAX_TEMPO` of the runtime). */
export const MAX_BLOCKS_WITHOUT_EPOCH = 50_400;

/** Blocks after the reveal epoch's first one for which the round is chosen, so that its pulse is there in time. */
const REVEAL_MARGIN_BLOCKS = 3;

/** `should_run_epoch` of the runtime (spec ≥ 423). `blocksSinceLastStep` is the value before this block counts itself. */
export const epochIsDue = (
  state: Pick<EpochState, 'lastEpochBlock' | 'pendingEpochAt' | 'tempo' | 'blocksSinceLastStep'>,
  block: number,
): boolean =>
  state.tempo !== 0 &&
  ((state.pendingEpochAt > 0 && block >= state.pendingEpochAt) ||
    state.blocksSinceLastStep > MAX_BLOCKS_WITHOUT_EPOCH ||
    block - state.lastEpochBlock >= state.tempo);

/**
 * First block in which a weight commit included in the next block may be revealed: the schedule is simulated forward
 * to the epoch `revealPeriod` after the commit's.
 *
 * @throws argument_invalid when the tempo is 0: such a subnet runs no epochs
 */
export const firstRevealBlock = (state: EpochState, revealPeriod: number): number => {
  if (state.tempo === 0) {
    throw crusadesError('argument_invalid', {
      argument: 'tempo',
      reason: 'a subnet of tempo 0 runs no epochs',
    });
  }
  let epoch = state;
  let block = state.currentBlock + 1;
  const lookAhead = () => epoch.subnetEpochIndex + (epochIsDue(epoch, block) ? 1 : 0);
  const revealEpoch = lookAhead() + revealPeriod;
  while (lookAhead() < revealEpoch) {
    epoch = afterBlock(epoch, block);
    block += 1;
  }
  return block;
};

/**
 * Round to seal a weight commit for, as the official `get_encrypted_commit_v2` computes it.
 *
 * @param blockTime seconds a block
 * @param now unix seconds, fractions count
 * @throws argument_invalid when the tempo is 0
 */
export const weightCommitRound = (
  state: EpochState,
  revealPeriod: number,
  blockTime: number,
  now: number,
): number => {
  const blocks = firstRevealBlock(state, revealPeriod) + REVEAL_MARGIN_BLOCKS - state.currentBlock;
  return Math.max(1, Math.floor((now + blocks * blockTime - QUICKNET.genesis) / QUICKNET.period));
};

const afterBlock = (state: EpochState, block: number): EpochState =>
  epochIsDue(state, block)
    ? {
        ...state,
        lastEpochBlock: block,
        pendingEpochAt: 0,
        subnetEpochIndex: state.subnetEpochIndex + 1,
        blocksSinceLastStep: 0,
      }
    : { ...state, blocksSinceLastStep: state.blocksSinceLastStep + 1 };
