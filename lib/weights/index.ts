export {
  planFrom,
  sameWeights,
  type PlanFacts,
  type Recipient,
  type ShownWeights,
  type WeightPlan,
} from './plan.js';
export {
  allowedFromBlock,
  COMMIT_REVEAL_VERSION,
  requireAcceptable,
  routeOf,
  weightsRefusal,
  type Weighting,
} from './requirements.js';
export { sealWeights, type WeightSealing } from './seal.js';
export {
  createValidator,
  type SentWeights,
  type Validator,
  type ValidatorDependencies,
} from './validator.js';
