import type { CommitmentContent } from '../chain/types.js';

/**
 * Which part of a commitment with several fields counts, smallest first: what was opened, then what still waits, then
 * what failed; what never was sealed counts only alone. So it does not matter when somebody looks.
 */
export const rankOf = ({ kind }: CommitmentContent): number => ORDER.indexOf(kind);

const ORDER: readonly CommitmentContent['kind'][] = ['revealed', 'sealed', 'failed', 'plain'];
