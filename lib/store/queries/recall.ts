import type { Kysely } from 'kysely';
import { codeOf } from '../code.js';
import type { LedgerSchema } from '../schema.js';
import type { RecalledSubmission } from '../types.js';

/** A submission as it was let in: what another evaluation of it needs. */
export const recall = async (
  db: Kysely<LedgerSchema>,
  submissionId: string,
): Promise<RecalledSubmission | null> => {
  const [row, code] = await Promise.all([
    db
      .selectFrom('submissions')
      .select(['network', 'netuid', 'hotkey', 'commit_block', 'workflow_id', 'uid', 'url', 'committed_hash'])
      .select(['settings', 'settings_hash', 'evaluation', 'normalised_hash', 'stage'])
      .where('id', '=', submissionId)
      .executeTakeFirst(),
    codeOf(db, submissionId),
  ]);
  // The normalised hash is there once the scan has passed; a copy of somebody's work is rejected after it.
  if (!row || !code || row.normalised_hash === null || row.stage === 'rejected') return null;
  if (row.uid === null || row.url === null || row.committed_hash === null) return null;
  const { network, netuid, hotkey } = row;
  return {
    key: { network, netuid, hotkey, commitBlock: row.commit_block },
    workflowId: row.workflow_id,
    uid: row.uid,
    url: row.url,
    committedHash: row.committed_hash,
    code,
    settings: { hparams: row.settings, hash: row.settings_hash },
    evaluation: row.evaluation,
  };
};
