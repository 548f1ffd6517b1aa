import type { ChainReader } from '../chain/types.js';
import { parseCommitmentText } from '../chain/commitment-text.js';
import { crusadesError } from '../errors/index.js';
import type { Hparams } from '../settings/index.js';
import type { Ledger } from '../store/index.js';
import type { FreshCommitment } from './fresh-commitments.js';
import type { RevealedCommitment } from './reveal.js';

/** A submission that is allowed to compete. */
export interface Entry {
  readonly submissionId: string;
  readonly hotkey: string;
  readonly uid: number;
  readonly commitBlock: number;
  readonly url: string;
  /** First 32 hex digits of the file's sha256. */
  readonly committedHash: string;
}

/**
 * Decides whether a revealed commitment may compete, and records that it does.
 *
 * @throws `commitment_malformed`, `commitment_too_long`, `hotkey_not_registered`, `rate_limited`
 */
export async function admitCommitment(
  chain: Pick<ChainReader, 'uidOf'>,
  ledger: Pick<Ledger, 'lastAdmittedCommitBlock' | 'admit'>,
  { submissionId, key }: FreshCommitment,
  revealed: RevealedCommitment,
  hparams: Hparams,
): Promise<Entry> {
  const { hotkey, netuid, commitBlock } = key;
  const { url, hash } = parseCommitmentText(revealed.text);

  const uid = await chain.uidOf(netuid, hotkey);
  if (uid === null) throw crusadesError('hotkey_not_registered', { hotkey, netuid });

  const last = await ledger.lastAdmittedCommitBlock(key, hotkey, commitBlock);
  requirePause(last, commitBlock, hparams.min_blocks_between_commits);

  await ledger.admit({ submissionId, uid, revealBlock: revealed.revealBlock, url, committedHash: hash });
  return { submissionId, hotkey, uid, commitBlock, url, committedHash: hash };
}

/** @throws `rate_limited` when fewer than `limit` blocks lie between two commitments of one hotkey */
export function requirePause(lastBlock: number | null, commitBlock: number, limit: number): void {
  if (lastBlock === null) return;
  const blocks = commitBlock - lastBlock;
  if (blocks < limit) throw crusadesError('rate_limited', { blocks, limit, next: lastBlock + limit });
}
