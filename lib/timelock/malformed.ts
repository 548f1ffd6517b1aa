import { crusadesError, CrusadesError } from '../errors/index.js';

/** Which step fails, by the names of the commitments pallet's `RevealFailure`. */
export type TimelockFailure = 'SignatureDeserialize' | 'CiphertextDeserialize' | 'Decrypt';

/** `timelock_malformed` with the failing step besides the reason. */
export const malformed = (failure: TimelockFailure, reason: string): CrusadesError =>
  crusadesError('timelock_malformed', { failure, reason });

/** The step at which opening failed, or null when the error is another one. */
export const failureOf = (error: unknown): TimelockFailure | null => {
  if (!(error instanceof CrusadesError) || error.code !== 'timelock_malformed') return null;
  const { failure } = error.details;
  return failure === 'SignatureDeserialize' || failure === 'Decrypt' ? failure : 'CiphertextDeserialize';
};
