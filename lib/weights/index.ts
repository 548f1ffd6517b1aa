export { planFrom, sameWeights, type PlanFacts, type WeightPlan } from './plan.js';
export {
  createValidator,
  type SentWeights,
  type Validator,
  type ValidatorDependencies,
} from './validator.js';
