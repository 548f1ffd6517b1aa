export {
  intakeWorkflowId,
  replayWorkflowId,
  submissionWorkflowId,
  weightsWorkflowId,
  type CommitmentKey,
  type Subnet,
} from './identity.js';
export { searchAttributes } from './search-attributes.js';
export {
  FINAL_STAGES,
  isFinal,
  OPEN_STAGES,
  type AttemptPhase,
  type FinalStage,
  type GpuHeartbeat,
  type OpenStage,
  type ReplayStage,
  type Stage,
} from './stages.js';
