export { driftOf, type Drift, type DriftKind, type DriftSeverity } from './drift.js';
export { factsOf, type ChainFacts, type PalletFacts, type StorageFact } from './facts.js';
export { readLiveRuntime, type LiveRuntime } from './live.js';
export {
  NEWEST_REFERENCE,
  referenceFacts,
  referenceFor,
  REFERENCES,
  type ReferenceSpec,
} from './reference.js';
export { namesIn, REPLACEABLE, restrictTo, TOUCHED, unionOf, type Touched } from './touched.js';
