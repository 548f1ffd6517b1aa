import type { AttemptFacts } from '../lib/store/index.js';
import type { AttemptRecord } from './gpu.js';

/** As much of a held GPU as the ledger keeps with an attempt. */
export interface AttemptPlace {
  readonly queue: string;
  readonly worker: string;
  readonly facts: { readonly imageDigest: string | null };
}

/** One finished attempt in the ledger's words. */
export const factsOf = ({ number: _, ...attempt }: AttemptRecord, gpu: AttemptPlace): AttemptFacts => ({
  ...attempt,
  isolation: attempt.isolation.mode,
  environment: { ...attempt.environment, isolation: attempt.isolation },
  // The limits in force are frozen in the submission; those that were applied stand beside each statistic.
  limits: {},
  gpuQueue: gpu.queue,
  worker: gpu.worker,
  imageDigest: gpu.facts.imageDigest,
});
