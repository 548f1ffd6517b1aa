export {
  formatCommitmentText,
  MAX_COMMITMENT_BYTES,
  parseCommitmentText,
  type CommitmentText,
  type PaymentReference,
} from './commitment-text.js';
export { connectChain } from './connect.js';
export type { ConnectionOptions } from './connection.js';
export { endpointOf, endpointsOf, type ChainPlace } from './endpoint.js';
export { sealCommitment, type SealingTerms } from './seal.js';
export type * from './transaction-types.js';
export type * from './types.js';
export { sharesToWeights, U16_MAX, type Share } from './weights.js';
