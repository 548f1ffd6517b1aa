import { z } from 'zod';

import { modelSchema, optimizerSchema, verificationLimitsSchema } from './evaluation-schema.js';

/**
 * The competition: every key of `hparams/*.json` with its range and meaning.
 *
 * Unknown keys are refused. `docs/reference/settings.md` and the JSON Schema are generated from the
 * descriptions here (`npm run docs`).
 */

const percentage = z.number().min(0).max(100);
const share = z.number().min(0).max(1);
const seconds = z.number().positive().max(86_400);
const uid = z.int().min(0).max(65_535);
const dockerSize = z
  .string()
  .regex(/^[1-9]\d*[kmgt]$/)
  .meta({ examples: ['80g'] });

const dockerSchema = z.strictObject({
  gpu_devices: z
    .string()
    .regex(/^(all|\d+(,\d+)*)$/)
    .meta({ examples: ['0', '0,1', 'all'] })
    .describe('Indices of the GPUs that containers may use, separated by commas, or `all`.'),
  memory_limit: dockerSize.describe('Host memory of one container, with its unit: k, m, g or t.'),
  shm_size: dockerSize.describe('Size of /dev/shm in one container, with its unit.'),
});

const mfuSchema = z
  .strictObject({
    gpu_peak_tflops: z
      .record(z.string().min(1), z.number().positive())
      .describe(
        'Dense bf16 peak in TFLOP/s by GPU name as the driver reports it. A GPU that is not listed is an ' +
          'infrastructure error, not a score. Class `cpu` needs no entry: its peak is measured.',
      ),
    min_mfu: percentage.describe('Attempts below this MFU (percent) fail with `insufficient_mfu`.'),
    max_plausible_mfu: percentage.describe(
      'Attempts above this MFU (percent) fail with `implausible_mfu`: no honest program gets there.',
    ),
  })
  .refine((mfu) => mfu.min_mfu < mfu.max_plausible_mfu, {
    path: ['min_mfu'],
    message: 'must be below max_plausible_mfu',
  });

const adaptiveThresholdSchema = z.strictObject({
  base_threshold: share.describe(
    'Least relative improvement over the leader that makes a new leader (0.01 is 1 %).',
  ),
  decay_percent: share.describe(
    'Share of the excess over the base that is lost each interval (0.05 is 5 %).',
  ),
  decay_interval_blocks: z.int().min(1).max(1_000_000).describe('Blocks from one decay to the next.'),
});

const paymentSchema = z.strictObject({
  enabled: z
    .boolean()
    .describe(
      'Whether a submission must be paid: by staking the fee and transferring that stake, before it is committed.',
    ),
  fee_rao: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .describe('Price of a submission in rao (1e-9 TAO); at least 2,500,000 where it is asked for.'),
  address: z
    .string()
    .regex(/^[1-9A-HJ-NP-Za-km-z]{46,49}$/)
    .meta({ examples: ['5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'] })
    .nullable()
    .describe('SS58 address of the coldkey that is paid; `null`: whoever owns the hotkey of `burn_uid`.'),
  valid_blocks: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe('Blocks for which a payment may be committed after it was made.'),
});

const fetchSchema = z.strictObject({
  allow_private_addresses: z
    .boolean()
    .describe('Connect to private and loopback addresses too. For devnets only.'),
  ports: z
    .array(z.int().min(1).max(65_535))
    .min(1)
    .max(64)
    .nullable()
    .describe(
      'Ports that a URL may name; 80 and 443 always are. `null`: no others, or all where private addresses are allowed.',
    ),
  max_bytes: z.int().min(1).max(500_000).describe('Largest train.py in bytes, after decompression.'),
});

const deadlinesSchema = z.strictObject({
  start: seconds.describe('From the fork of the contestant until it has imported train.py.'),
  warm_up: seconds.describe('The untimed warm-up, compilation included.'),
  timed: seconds.describe('The timed window.'),
  judge: seconds.describe('Reference run and statistics.'),
  total: seconds.describe('The whole attempt.'),
});

const verificationSchema = z.strictObject({
  limits: verificationLimitsSchema,
  deadlines_s: deadlinesSchema.describe('Seconds that each phase of an attempt may take.'),
  optimizer: optimizerSchema,
  warm_up_steps: z
    .int()
    .min(1)
    .max(20)
    .describe('Training steps of the untimed warm-up, on unrelated weights and tokens.'),
  memory_bytes: z
    .int()
    .min(64 * 1024 ** 2)
    .max(4 * 1024 ** 4)
    .describe('Host memory of the contestant, in bytes.'),
  output_bytes: z
    .int()
    .min(1024)
    .max(1024 ** 2)
    .describe('Tail of the contestant’s output that is kept, in bytes.'),
});

export const hparamsSchema = z.strictObject({
  competition_version: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe('Raising it starts a fresh leaderboard. Raise it when scores are no longer comparable.'),
  netuid: uid.describe('The subnet.'),
  burn_rate: share.describe('Share of the weights that always goes to `burn_uid`.'),
  burn_uid: uid.describe('The uid whose emissions are burnt.'),
  gpu_class: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
    .meta({ examples: ['h200', 'cpu'] })
    .describe('GPU class that evaluates, `h200` for example; its queue is `gpu-<class>`. `cpu` for laptops.'),
  evaluation_runs: z.int().min(1).max(25).describe('Attempts whose median is the score.'),
  eval_steps: z.int().min(2).max(100).describe('Training steps in one attempt’s timed window.'),
  eval_timeout: seconds.describe('Seconds that a worker may take for one attempt, whatever happens in it.'),
  min_success_rate: share.describe('Share of the attempts that must succeed.'),
  max_infrastructure_retries: z
    .int()
    .min(0)
    .max(100)
    .describe('Attempts lost to infrastructure that are made again, in all, before the submission fails.'),
  benchmark_model_name: z.string().min(1).max(200).describe('Name of the benchmark model, for people.'),
  model: modelSchema,
  benchmark_dataset_name: z
    .string()
    .min(1)
    .max(200)
    .describe('Corpus of the tokens: a data set’s name, or `synthetic` (generated, for laptops).'),
  benchmark_dataset_split: z.string().min(1).max(50).describe('Split of the data set.'),
  benchmark_data_samples: z.int().min(1).max(10_000_000).describe('Samples taken from the data set.'),
  benchmark_master_seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .describe('Seed that selects the samples. Attempts draw seeds of their own.'),
  benchmark_sequence_length: z.int().min(16).max(131_072).describe('Tokens in one sequence.'),
  benchmark_batch_size: z.int().min(1).max(1024).describe('Sequences in one batch.'),
  set_weights_interval_blocks: z
    .int()
    .min(1)
    .max(100_000)
    .describe('Blocks from one weight setting to the next.'),
  reveal_blocks: z
    .int()
    .min(1)
    .max(100_000)
    .describe('Blocks from a commitment to its reveal, for those who submit.'),
  min_blocks_between_commits: z
    .int()
    .min(0)
    .max(1_000_000)
    .describe('Blocks that a hotkey must wait after an admitted commitment.'),
  block_time: z.number().min(0.1).max(600).describe('Seconds a block takes on this chain.'),
  code_fetch_timeout: z.number().min(1).max(600).describe('Seconds for downloading train.py, in all.'),
  docker: dockerSchema.describe('Limits of a container that runs an evaluation.'),
  verification: verificationSchema.describe('What an attempt is held to.'),
  mfu: mfuSchema.describe('Model FLOPs Utilization: peaks and plausible range.'),
  adaptive_threshold: adaptiveThresholdSchema.describe('What a challenger must exceed the leader by.'),
  fetch: fetchSchema.describe('Where train.py may be downloaded from.'),
  payment: paymentSchema.describe('Price of a submission.'),
});

/** The competition's settings as the files hold them. */
export type Hparams = z.infer<typeof hparamsSchema>;
