import { z } from 'zod';

/** The benchmark model and what an attempt's statistics are held to; same keys as the evaluator's spec (v1). */

const dimension = z.int().min(1).max(1_000_000);

export const modelSchema = z
  .strictObject({
    architecture: z
      .string()
      .regex(/^[a-z0-9_-]{1,64}$/)
      .meta({ examples: ['qwen2', 'llama'] })
      .describe('`model_type` of any causal language model that the evaluator’s transformers can build.'),
    config: z
      .object({
        vocab_size: dimension.describe('Tokens in the vocabulary.'),
        hidden_size: dimension.optional().describe('Width of the residual stream.'),
        intermediate_size: dimension.optional().describe('Width inside an MLP.'),
        num_hidden_layers: dimension.optional().describe('Layers.'),
        num_attention_heads: dimension.optional().describe('Query heads.'),
        num_key_value_heads: dimension.optional().describe('Key and value heads.'),
        max_position_embeddings: dimension.optional().describe('Longest sequence.'),
        rope_theta: z.number().positive().optional().describe('Base of the rotary embedding.'),
        rms_norm_eps: z.number().positive().max(0.1).optional().describe('Epsilon of the norms.'),
        tie_word_embeddings: z.boolean().optional().describe('Whether the output head is the embedding.'),
        initializer_range: z
          .number()
          .positive()
          .max(1)
          .optional()
          .describe('Standard deviation of the random weights.'),
      })
      .catchall(z.json())
      .describe(
        'Configuration: `vocab_size`, and any other keys that the configuration class of this architecture has in transformers.',
      ),
    dtype: z.enum(['float32', 'bfloat16']).describe('Type of the parameters.'),
    weights: z
      .string()
      .regex(/^\/.{1,4095}$/)
      .meta({ examples: ['/srv/crusades/weights'] })
      .nullable()
      .describe(
        'Folder on every GPU host with pretrained weights (safetensors), or `null`: fresh random weights for each ' +
          'attempt. Pretrained ones are disturbed anew for each attempt.',
      ),
    logit_spread: z
      .number()
      .min(0.5)
      .max(10)
      .nullable()
      .meta({ examples: [3] })
      .describe(
        'Standard deviation of the logits at random weights, or `null`: as the family initialises (about 0.9). Wide ' +
          'ones can’t be known without the head’s matrix products; they need limits of their own.',
      ),
  })
  .describe('The benchmark model, built from this configuration.');

export const optimizerSchema = z
  .strictObject({
    learning_rate: z.number().positive().max(1).describe('AdamW’s learning rate.'),
    weight_decay: z.number().min(0).max(1).describe('AdamW’s weight decay.'),
    beta1: z.number().min(0).lt(1).describe('AdamW’s first beta.'),
    beta2: z.number().min(0).lt(1).describe('AdamW’s second beta.'),
    eps: z.number().positive().max(0.1).describe('AdamW’s epsilon.'),
    start_step: z
      .int()
      .min(1)
      .max(1_000_000)
      .describe('Step count that the optimizer starts with: the middle of a training.'),
  })
  .describe('The optimizer that miners are given.');

const statistic = z.number().positive().max(1000);

/** Reports a lower limit that is not below its upper one. */
const ordered = (limits: Record<string, number>, context: z.RefinementCtx): void => {
  for (const name of ['row', 'block', 'update']) {
    const low = limits[`${name}_low`];
    const high = limits[`${name}_high`];
    if (low !== undefined && high !== undefined && low >= high) {
      context.addIssue({ code: 'custom', path: [`${name}_low`], message: `must be below ${name}_high` });
    }
  }
};

export const verificationLimitsSchema = z
  .strictObject({
    moment: statistic.describe('Largest relative error of the first moment over all coordinates.'),
    moment_tensor: statistic.describe('Largest relative error of the first moment of any tensor.'),
    row_low: z.number().max(1).describe('Smallest coefficient of any row in any step (honest: 1).'),
    row_high: z.number().min(1).describe('Largest coefficient of any row in any step.'),
    block_low: z.number().max(1).describe('Smallest coefficient of any block of positions.'),
    block_high: z.number().min(1).describe('Largest coefficient of any block of positions.'),
    patch: z
      .number()
      .positive()
      .max(1)
      .describe(
        'Largest share of patches (four positions of one row in one step) that lack a part of their gradient.',
      ),
    update_low: z.number().max(1).describe('Smallest coefficient of any step’s update of the weights.'),
    update_high: z.number().min(1).describe('Largest coefficient of any step’s update of the weights.'),
    logits: statistic.describe('Largest relative error of the final logits.'),
    second_moment: statistic.describe('Largest relative error of the second moment.'),
    stray: z
      .number()
      .positive()
      .max(1)
      .describe(
        'Largest share of first-moment coordinates that are clearly wrong although the reference’s are clearly not zero.',
      ),
    loss: statistic.describe('Largest distance of the claimed final loss from the reference.'),
  })
  .superRefine(ordered)
  .describe('Limits of the statistics; calibrate them on the GPU class with `crusades calibrate`.');
