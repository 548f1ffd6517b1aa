import type { ChainReader, ObservedCommitment } from '../chain/types.js';
import { crusadesError } from '../errors/index.js';
import type { FreshCommitment } from './fresh-commitments.js';

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
  const ours = observed.find((one) => one.commitBlock === commitBlock && one.commitBlockKnown);
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

/**
 * Reads the chain until the commitment has been opened, for a few blocks; later calls go on.
 *
 * @throws `reveal_pending` when it has not been opened yet, `commitment_superseded`, `commitment_undecryptable`,
 *   `commitment_malformed` when what was sealed is no text, `hotkey_not_registered` when the chain has dropped the
 *   commitment with its neuron
 */
export async function awaitReveal(
  chain: Pick<ChainReader, 'commitmentsOf' | 'commitBlockOf' | 'blockTimeSeconds' | 'uidOf'>,
  { key, content }: FreshCommitment,
  { sleep, patienceSeconds }: { sleep: (ms: number) => Promise<void>; patienceSeconds: number },
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
          throw crusadesError('reveal_pending', { round, retryAfterSeconds: blockSeconds });
        }
        await sleep(blockSeconds * 500);
    }
  }
}

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
