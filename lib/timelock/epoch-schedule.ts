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
  return roundAfter(firstRevealBlock(state, revealPeriod) - state.currentBlock, blockTime, now);
};

/** Where a subnet's epochs stand on a runtime before spec 423, which keeps no epoch state. */
export interface ModuloSchedule {
  readonly currentBlock: number;
  readonly netuid: number;
  readonly tempo: number;
}

/**
 * Round to seal a weight commit for on a runtime before spec 423, where an epoch ends whenever
 * `(block + netuid + 1) mod (tempo + 1)` is 0; as the official `get_encrypted_commit` of those days computes it.
 * A reveal block that has passed counts as now.
 *
 * @param blockTime seconds a block
 * @param now unix seconds, fractions count
 */
export const moduloCommitRound = (
  { currentBlock, netuid, tempo }: ModuloSchedule,
  revealPeriod: number,
  blockTime: number,
  now: number,
): number => {
  const length = tempo + 1;
  const epoch = Math.floor((currentBlock + netuid + 1) / length);
  const firstReveal = (epoch + revealPeriod) * length - (netuid + 1);
  return roundAfter(firstReveal - currentBlock, blockTime, now);
};

const roundAfter = (blocks: number, blockTime: number, now: number): number => {
  const seconds = Math.max(0, blocks + REVEAL_MARGIN_BLOCKS) * blockTime;
  return Math.max(1, Math.floor((now + seconds - QUICKNET.genesis) / QUICKNET.period));
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
