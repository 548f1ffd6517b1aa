import { sql, type Kysely, type Transaction } from 'kysely';

import type { LedgerSchema } from './schema.js';
import { toText } from './storable.js';
import { unknownSubmission } from './submissions.js';
import type { CodeClaim, CodeOwner, NewCode, StoredCode } from './types.js';

export const storeCode = (
  db: Kysely<LedgerSchema>,
  { submissionId, url, text, sha256 }: NewCode,
): Promise<StoredCode> =>
  db.transaction().execute(async (transaction) => {
    const content = Buffer.from(text, 'utf8');
    await transaction
      .insertInto('code_blobs')
      .values({ sha256, text: content, bytes: content.length, first_url: toText(url) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { numUpdatedRows } = await transaction
      .updateTable('submissions')
      .set({ code_sha256: sha256, updated_at: sql<string>`now()` })
      .where('id', '=', submissionId)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw unknownSubmission(submissionId);
    return { text, sha256, bytes: content.length, url };
  });

export const codeOf = async (db: Kysely<LedgerSchema>, submissionId: string): Promise<StoredCode | null> => {
  const row = await db
    .selectFrom('submissions')
    .innerJoin('code_blobs', 'code_blobs.sha256', 'submissions.code_sha256')
    .select([
      'code_blobs.text',
      'code_blobs.sha256',
      'code_blobs.bytes',
      'code_blobs.first_url',
      'submissions.url',
    ])
    .where('submissions.id', '=', submissionId)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { sha256, bytes } = row;
  return { text: row.text.toString('utf8'), sha256, bytes, url: row.url ?? row.first_url };
};

/**
 * Rows are locked in the order submission, claim, here as where outcomes are recorded, so that a claim and the
 * score that settles it never overtake each other.
 */
export const claimCode = (
  db: Kysely<LedgerSchema>,
  { submissionId, normalisedHash }: CodeClaim,
): Promise<CodeOwner> =>
  db.transaction().execute(async (transaction) => {
    const claimant = await transaction
      .updateTable('submissions')
      .set({ normalised_hash: normalisedHash })
      .where('id', '=', submissionId)
      .returning(['id', 'network', 'netuid', 'competition_version', 'hotkey', 'commit_block'])
      .executeTakeFirst();
    if (claimant === undefined) throw unknownSubmission(submissionId);

    const { id, hotkey, commit_block, ...competition } = claimant;
    const key = { ...competition, normalised_hash: normalisedHash };
    await transaction
      .insertInto('code_claims')
      .values({ ...key, submission_id: id, hotkey, commit_block })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const claim = await lockClaim(transaction, key);
    if (claim === undefined || claim.submission_id === id) return { owner: 'self' };

    const earlier = commit_block < claim.commit_block;
    const own = hotkey === claim.hotkey;
    if (earlier && (own || !(await isSettled(transaction, claim.submission_id)))) {
      await transaction
        .updateTable('code_claims')
        .set({ submission_id: id, hotkey, commit_block })
        .where((where) => where.and(key))
        .execute();
      return { owner: 'self' };
    }
    if (own) return { owner: 'self' };
    return {
      owner: 'other',
      submissionId: claim.submission_id,
      hotkey: claim.hotkey,
      commitBlock: claim.commit_block,
    };
  });

interface ClaimKey {
  readonly network: string;
  readonly netuid: number;
  readonly competition_version: number;
  readonly normalised_hash: string;
}

/** The claim on a piece of code, kept from changing until the transaction ends. */
export const lockClaim = (transaction: Transaction<LedgerSchema>, key: ClaimKey) =>
  transaction
    .selectFrom('code_claims')
    .select(['submission_id', 'hotkey', 'commit_block'])
    .where((where) => where.and({ ...key }))
    .forUpdate()
    .executeTakeFirst();

/** Whether the claim has led to a score, which nobody takes back. */
const isSettled = async (transaction: Transaction<LedgerSchema>, submissionId: string): Promise<boolean> => {
  const score = await transaction
    .selectFrom('scores')
    .select('sequence')
    .where('submission_id', '=', submissionId)
    .executeTakeFirst();
  return score !== undefined;
};
