import type { Subnet } from '../lib/progress/index.js';
import type { Hparams } from '../lib/settings/index.js';
import type { Ledger, WeightSubmission } from '../lib/store/index.js';
import type { SentWeights, Validator, WeightPlan } from '../lib/weights/index.js';
import { withFailures } from './failures.js';

export interface WeightsDependencies {
  readonly validator: Validator;
  readonly ledger: Ledger;
}

/** Activities that set weights. Sending is never repeated blindly: each try reads the chain first. */
export const createWeightsActivities = ({ validator, ledger }: WeightsDependencies) =>
  withFailures({
    async planWeights(request: { readonly subnet: Subnet; readonly hparams: Hparams }): Promise<WeightPlan> {
      return validator.plan(request.subnet, request.hparams);
    },

    async submitWeights(request: {
      readonly subnet: Subnet;
      readonly plan: WeightPlan;
    }): Promise<SentWeights> {
      return validator.submit(request.subnet, request.plan);
    },

    async confirmWeights(request: {
      readonly subnet: Subnet;
      readonly plan: WeightPlan;
      readonly sent?: SentWeights;
    }): Promise<number> {
      return validator.confirm(request.subnet, request.plan, request.sent);
    },

    async recordWeights(submission: WeightSubmission): Promise<void> {
      await ledger.recordWeights(submission);
    },
  });

export type WeightsActivities = ReturnType<typeof createWeightsActivities>;
