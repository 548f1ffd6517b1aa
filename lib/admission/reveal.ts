import type { ChainReader, ObservedCommitment } from '../chain/types.js';
import { crusadesError } from '../errors/index.js';
import {
  decodeCommitmentText,
  decryptWithSignature,
  findPulse,
  timeOfRound,
  type Pulse,
  type PulseSource,
} from '../timelock/index.js';
import type { FreshCommitment } from './fresh-commitments.js';
import { rankOf } from './rank.js';

/** A commitment that everybody can read now. */
export interface RevealedCommitment {
  readonly text: string;
  /** Null for a commitment that never was sealed. */
  readonly revealBlock: number | null;
}

export type RevealState =
  | { readonly state: 'revealed'; readonly text: string | null; readonly revealBlock: number | null }
  | { readonly state: 'sealed' }
  | { readonly state: 'superseded'; readonly block: number }
  | { readonly state: 'undecryptable' }
  /** The chain shows nothing of it, nor anything newer. */
  | { readonly state: 'gone' };

/**
 * What became of a commitment, from all that the chain shows of its hotkey.
 *
 * @param observed of this hotkey alone, every commit block known as far as the chain tells it
 */
export function revealStateOf(commitBlock: number, observed: readonly ObservedCommitment[]): RevealState {
  const [ours] = observed
    .filter((one) => one.commitBlock === commitBlock && one.commitBlockKnown)
    .sort((a, b) => rankOf(a.content) - rankOf(b.content));
  if (ours) return stateOfContent(ours.content);

  const reveals = observed
    .filter(({ content }) => content.kind === 'revealed' && content.revealBlock > commitBlock)
    .sort((a, b) => revealBlockOf(a) - revealBlockOf(b));
  const firstAfter = reveals[0];
  if (firstAfter && !firstAfter.commitBlockKnown) {
    // The state that would name its commit block is gone: the first reveal after a commitment is taken for it.
    return stateOfContent(firstAfter.content);
  }
  const newer = observed
    .map((one) => one.commitBlock)
    .filter((block) => block > commitBlock)
    .sort((a, b) => a - b)[0];
  return newer === undefined ? { state: 'gone' } : { state: 'superseded', block: newer };
}

const stateOfContent = (content: ObservedCommitment['content']): RevealState => {
  switch (content.kind) {
    case 'sealed':
      return { state: 'sealed' };
    case 'failed':
      return { state: 'undecryptable' };
    case 'revealed':
      return { state: 'revealed', text: content.text, revealBlock: content.revealBlock };
    case 'plain':
      return { state: 'revealed', text: content.text, revealBlock: null };
  }
};

const revealBlockOf = ({ content }: ObservedCommitment): number =>
  content.kind === 'revealed' ? content.revealBlock : 0;

/** How a commitment is opened that the chain leaves sealed. */
export interface OwnOpening {
  /** Sources of pulses besides the chain. */
  readonly sources: readonly PulseSource[];
  /** Unix seconds. */
  readonly now: () => number;
}

/** What a chain needs at most to take a pulse up; one that it lacks after so long it may have skipped for ever. */
const CHAIN_PATIENCE_SECONDS = 600;

export interface RevealWaiting {
  readonly sleep: (ms: number) => Promise<void>;
  readonly patienceSeconds: number;
  readonly opening?: OwnOpening;
}

/**
 * Reads the chain until the commitment has been opened, for a few blocks; later calls go on. What the
 * chain leaves sealed ten minutes after its round is opened here, with a pulse of its own or of another source.
 *
 * @throws `reveal_pending` when it has not been opened yet, `commitment_superseded`, `commitment_undecryptable`,
 *   `commitment_malformed` when what was sealed is no text, `hotkey_not_registered` when the chain has dropped the
 *   commitment with its neuron
 */
export async function awaitReveal(
  chain: Pick<
    ChainReader,
    'commitmentsOf' | 'commitBlockOf' | 'blockTimeSeconds' | 'uidOf' | 'sealedBytes' | 'beacon' | 'pulse'
  >,
  { key, content }: FreshCommitment,
  { sleep, patienceSeconds, opening }: RevealWaiting,
): Promise<RevealedCommitment> {
  const round = content.kind === 'sealed' || content.kind === 'failed' ? content.revealRound : 0;
  const blockSeconds = await chain.blockTimeSeconds();
  const until = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const state = await readState(chain, key);
    switch (state.state) {
      case 'revealed':
        if (state.text === null)
          throw crusadesError('commitment_malformed', { reason: 'it is not UTF-8 text' });
        return { text: state.text, revealBlock: state.revealBlock };
      case 'superseded':
        throw crusadesError('commitment_superseded', { block: state.block });
      case 'gone':
        throw await whyGone(chain, key, round);
      case 'undecryptable':
        throw crusadesError('commitment_undecryptable', { round });
      case 'sealed':
        if (Date.now() >= until) {
          const opened = opening && (await openOurselves(chain, key, round, opening));
          if (opened) return opened;
          throw crusadesError('reveal_pending', { round, retryAfterSeconds: blockSeconds });
        }
        await sleep(blockSeconds * 500);
    }
  }
}

/**
 * Opens what the chain should have opened: with its own pulse, or with one that it never took up. Runtimes before
 * spec 459 may skip rounds, and a skipped one never comes.
 *
 * @returns null while it is the chain's turn, or nobody has the pulse
 * @throws `commitment_undecryptable`, `commitment_malformed`, `pulse_invalid`, `pulse_unavailable`
 */
async function openOurselves(
  chain: Pick<ChainReader, 'sealedBytes' | 'beacon' | 'pulse'>,
  { netuid, hotkey, commitBlock }: FreshCommitment['key'],
  round: number,
  { sources, now }: OwnOpening,
): Promise<RevealedCommitment | null> {
  if (now() < timeOfRound(round) + CHAIN_PATIENCE_SECONDS) return null;
  const { publicKey } = await chain.beacon();
  const onChain: PulseSource = { name: 'the chain', pulse: (wanted) => chain.pulse(wanted) };
  const pulse = await findPulse([onChain, ...sources], Buffer.from(publicKey, 'hex'), round);
  const ciphertext = pulse && (await chain.sealedBytes(netuid, hotkey, commitBlock));
  if (!ciphertext) return null;
  const text = decodeCommitmentText(openedWith(ciphertext, pulse, round));
  if (text === null) throw crusadesError('commitment_malformed', { reason: 'it is not UTF-8 text' });
  return { text, revealBlock: null };
}

const openedWith = (ciphertext: Uint8Array, { signature }: Pulse, round: number): Uint8Array => {
  try {
    return decryptWithSignature(ciphertext, signature);
  } catch (error) {
    throw crusadesError('commitment_undecryptable', { round }, { cause: error });
  }
};

/**
 * A runtime drops the commitments of a neuron that is replaced; before spec 446 it also drops, without a trace, what
 * it cannot open.
 */
async function whyGone(
  chain: Pick<ChainReader, 'uidOf'>,
  { netuid, hotkey }: FreshCommitment['key'],
  round: number,
): Promise<Error> {
  return (await chain.uidOf(netuid, hotkey)) === null
    ? crusadesError('hotkey_not_registered', { hotkey, netuid })
    : crusadesError('commitment_undecryptable', { round });
}

async function readState(
  chain: Pick<ChainReader, 'commitmentsOf' | 'commitBlockOf'>,
  { netuid, hotkey, commitBlock }: FreshCommitment['key'],
): Promise<RevealState> {
  const { commitments } = await chain.commitmentsOf(netuid, hotkey);
  const dated = await Promise.all(
    commitments.map(async (one) => {
      if (one.commitBlockKnown || one.content.kind !== 'revealed' || one.content.revealBlock <= commitBlock) {
        return one;
      }
      const block = await chain.commitBlockOf(netuid, hotkey, one.content.revealBlock);
      return block === null ? one : { ...one, commitBlock: block, commitBlockKnown: true };
    }),
  );
  return revealStateOf(commitBlock, dated);
}
