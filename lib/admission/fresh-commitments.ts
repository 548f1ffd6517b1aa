import { createHash } from 'node:crypto';
import type { BeaconFacts, ChainReader, ObservedCommitment } from '../chain/types.js';
import { submissionWorkflowId, type CommitmentKey, type Subnet } from '../progress/index.js';
import type { Ledger } from '../store/index.js';
import { rankOf } from './rank.js';

/** A commitment that is not in the ledger yet. */
export interface FreshCommitment {
  /** 12 hex digits, made from the workflow id. */
  readonly submissionId: string;
  readonly key: CommitmentKey;
  readonly content: ObservedCommitment['content'];
  /** When the chain is expected to open it, UTC; null when it is open already. */
  readonly revealAt: string | null;
}

export interface FreshCommitments {
  readonly block: number;
  readonly fresh: readonly FreshCommitment[];
}

/** More than this many at once start with the next read: an activity's result stays small. */
const BATCH = 200;

/** Stable, short and the same for whoever computes it. */
export const submissionIdOf = (key: CommitmentKey): string =>
  createHash('sha256').update(submissionWorkflowId(key)).digest('hex').slice(0, 12);

/**
 * The commitments of a subnet that the ledger does not know, oldest first, at most 200.
 *
 * Of the reveals of one hotkey only the newest counts, as in the competition so far; what waits for its reveal
 * counts besides.
 */
export async function freshCommitments(
  chain: Pick<ChainReader, 'commitments' | 'commitBlockOf' | 'beacon'>,
  ledger: Pick<Ledger, 'knownCommitments' | 'knownReveals'>,
  subnet: Subnet,
): Promise<FreshCommitments> {
  const { head, commitments } = await chain.commitments(subnet.netuid);
  const current = currentCommitments(commitments);
  const known = await keysKnown(ledger, subnet, current);
  const unknown = current.filter((commitment) => !known.has(keyText(commitment)));
  const dated = await Promise.all(unknown.map((commitment) => withCommitBlock(chain, subnet, commitment)));

  // A reveal whose commit block had to be looked up may turn out to be one that was seen while it was sealed.
  const knownByNow = await keysKnown(ledger, subnet, dated);
  const revealsKnown = await revealsOfSubmissions(ledger, subnet, dated);
  const news = onePerCommitment(dated).filter(
    (commitment) => !knownByNow.has(keyText(commitment)) && !revealsKnown.has(keyText(commitment)),
  );
  if (news.length === 0) return { block: head.number, fresh: [] };
  const beacon = await chain.beacon();
  const fresh = news
    .sort((a, b) => a.commitBlock - b.commitBlock || (a.hotkey < b.hotkey ? -1 : 1))
    .slice(0, BATCH)
    .map((commitment) => freshCommitment(subnet, commitment, beacon));
  return { block: head.number, fresh };
}

/** What is sealed, failed or plain, and the newest reveal of each hotkey. */
export function currentCommitments(
  commitments: readonly ObservedCommitment[],
): readonly ObservedCommitment[] {
  const newest = new Map<string, { commitment: ObservedCommitment; revealBlock: number }>();
  const pending: ObservedCommitment[] = [];
  for (const commitment of commitments) {
    const { content, hotkey } = commitment;
    if (content.kind !== 'revealed') {
      pending.push(commitment);
      continue;
    }
    const best = newest.get(hotkey);
    // Of two reveals in one block the earlier entry stands.
    if (!best || content.revealBlock > best.revealBlock) {
      newest.set(hotkey, { commitment, revealBlock: content.revealBlock });
    }
  }
  return [...pending, ...[...newest.values()].map(({ commitment }) => commitment)];
}

/** A commitment of several fields may be open and sealed at once; it is one submission, and open. */
function onePerCommitment(commitments: readonly ObservedCommitment[]): readonly ObservedCommitment[] {
  const chosen = new Map<string, ObservedCommitment>();
  for (const commitment of commitments) {
    const before = chosen.get(keyText(commitment));
    if (!before || rankOf(commitment.content) < rankOf(before.content)) {
      chosen.set(keyText(commitment), commitment);
    }
  }
  return [...chosen.values()];
}

async function keysKnown(
  ledger: Pick<Ledger, 'knownCommitments'>,
  subnet: Subnet,
  commitments: readonly ObservedCommitment[],
): Promise<ReadonlySet<string>> {
  if (commitments.length === 0) return new Set();
  const known = await ledger.knownCommitments(
    subnet,
    commitments.map(({ hotkey, commitBlock }) => ({ hotkey, commitBlock })),
  );
  return new Set(known.map(keyText));
}

/** A pruned node forgets the commit block of a reveal; then the ledger tells by the reveal's own block. */
async function revealsOfSubmissions(
  ledger: Pick<Ledger, 'knownReveals'>,
  subnet: Subnet,
  commitments: readonly ObservedCommitment[],
): Promise<ReadonlySet<string>> {
  const forgotten = commitments.flatMap(({ hotkey, commitBlockKnown, content }) =>
    content.kind === 'revealed' && !commitBlockKnown ? [{ hotkey, revealBlock: content.revealBlock }] : [],
  );
  const known = await ledger.knownReveals(subnet, forgotten);
  // Without a commit block a reveal is keyed by its own.
  return new Set(known.map(({ hotkey, revealBlock }) => keyText({ hotkey, commitBlock: revealBlock })));
}

/** The chain names a reveal by its own block; the commit block is read from the state just before it. */
async function withCommitBlock(
  chain: Pick<ChainReader, 'commitBlockOf'>,
  { netuid }: Subnet,
  commitment: ObservedCommitment,
): Promise<ObservedCommitment> {
  const { content, hotkey, commitBlockKnown } = commitment;
  if (commitBlockKnown || content.kind !== 'revealed') return commitment;
  const commitBlock = await chain.commitBlockOf(netuid, hotkey, content.revealBlock);
  return commitBlock === null ? commitment : { ...commitment, commitBlock, commitBlockKnown: true };
}

function freshCommitment(
  { network, netuid }: Subnet,
  { hotkey, commitBlock, content }: ObservedCommitment,
  beacon: BeaconFacts,
): FreshCommitment {
  const key = { network, netuid, hotkey, commitBlock };
  return { submissionId: submissionIdOf(key), key, content, revealAt: revealTimeOf(content, beacon) };
}

/**
 * A miner may write any round into a commitment. Temporal counts nanoseconds in 64 bits, which end in 2262: a later
 * search attribute would leave the workflow stuck in its first task.
 */
const END_OF_TIME_MS = Date.UTC(2262, 0, 1);

const revealTimeOf = (
  content: ObservedCommitment['content'],
  { genesisSeconds, periodSeconds }: BeaconFacts,
): string | null => {
  if (content.kind !== 'sealed') return null;
  const seconds = genesisSeconds + (content.revealRound - 1) * periodSeconds;
  return new Date(Math.min(seconds * 1000, END_OF_TIME_MS)).toISOString();
};

const keyText = ({ hotkey, commitBlock }: { hotkey: string; commitBlock: number }): string =>
  `${hotkey}/${commitBlock}`;
