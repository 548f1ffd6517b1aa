import { sql, type Kysely } from 'kysely';

import type { Subnet } from '../progress/index.js';
import type { LedgerSchema } from './schema.js';
import type { Reveal, SeenCommitment } from './types.js';

/** Commitments as one statement whatever their number: their columns travel as arrays. */

export const knownCommitments = async (
  db: Kysely<LedgerSchema>,
  { network, netuid }: Subnet,
  keys: readonly { readonly hotkey: string; readonly commitBlock: number }[],
): Promise<SeenCommitment[]> => {
  if (keys.length === 0) return [];
  const { rows } = await sql<SeenCommitment>`
    select seen.network, seen.netuid, seen.hotkey, seen.commit_block as "commitBlock", seen.digest, seen.kind,
      seen.workflow_id as "workflowId"
    from unnest(${keys.map(({ hotkey }) => hotkey)}::text[], ${keys.map(({ commitBlock }) => commitBlock)}::bigint[])
      as asked (hotkey, commit_block)
    join commitments_seen as seen
      on seen.network = ${network} and seen.netuid = ${netuid}
      and seen.hotkey = asked.hotkey and seen.commit_block = asked.commit_block`.execute(db);
  return rows;
};

/** Reveals that belong to a submission: recorded with it, or not yet, because it is still being admitted. */
export const knownReveals = async (
  db: Kysely<LedgerSchema>,
  { network, netuid }: Subnet,
  reveals: readonly Reveal[],
): Promise<Reveal[]> => {
  if (reveals.length === 0) return [];
  const { rows } = await sql<Reveal>`
    select distinct asked.hotkey, asked.reveal_block as "revealBlock"
    from unnest(${reveals.map(({ hotkey }) => hotkey)}::text[], ${reveals.map(({ revealBlock }) => revealBlock)}::bigint[])
      as asked (hotkey, reveal_block)
    join submissions as made
      on made.network = ${network} and made.netuid = ${netuid} and made.hotkey = asked.hotkey
      and made.commit_block < asked.reveal_block
      and (made.reveal_block = asked.reveal_block or made.reveal_block is null)`.execute(db);
  return rows;
};

export const rememberCommitments = async (
  db: Kysely<LedgerSchema>,
  commitments: readonly SeenCommitment[],
): Promise<void> => {
  if (commitments.length === 0) return;
  const column = <Key extends keyof SeenCommitment>(key: Key): SeenCommitment[Key][] =>
    commitments.map((commitment) => commitment[key]);
  await sql`
    insert into commitments_seen (network, netuid, hotkey, commit_block, digest, kind, workflow_id)
    select * from unnest(
      ${column('network')}::text[], ${column('netuid')}::integer[], ${column('hotkey')}::text[],
      ${column('commitBlock')}::bigint[], ${column('digest')}::text[], ${column('kind')}::text[],
      ${column('workflowId')}::text[])
    on conflict do nothing`.execute(db);
};
