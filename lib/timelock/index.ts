export { generateBeaconKey, signRound, verifyRound, type BeaconKey } from './beacon.js';
export { CIPHERTEXT_OVERHEAD } from './ciphertext.js';
export { decodeCommitmentText, encodeCommitmentText } from './commitment-text.js';
export { readUserDataEnvelope, userDataEnvelope, type UserDataEnvelope } from './envelope.js';
export {
  epochIsDue,
  firstRevealBlock,
  moduloCommitRound,
  weightCommitRound,
  type EpochState,
  type ModuloSchedule,
} from './epoch-schedule.js';
export { failureOf, type TimelockFailure } from './malformed.js';
export { findPulse, httpPulses, type FoundPulse, type Pulse, type PulseSource } from './pulses.js';
export { commitmentRound, latestRoundAt, QUICKNET, roundAt, timeOfRound } from './rounds.js';
export { decryptWithSignature, encryptToRound, type SealRandom } from './seal.js';
export {
  decodeWeightsPayload,
  encodeWeightsPayload,
  MAX_WEIGHT_COMMIT_BYTES,
  type WeightsPayload,
} from './weights-payload.js';
