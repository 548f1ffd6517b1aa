import { durationSchema } from './duration.js';

/** A value that is in range and yet cannot go together with another one. */
export interface Contradiction {
  readonly source: 'hparams' | 'temporal';
  readonly key: string;
  readonly wrong: string;
}

/** The chain's least stake, 2,000,000 rao, and a quarter for its fee and a falling price. */
const LEAST_FEE_RAO = 2_500_000;

/**
 * Contradictions between keys of different groups and files. Looked for in the files as they were read, so that
 * they are reported together with whatever else is wrong; a rule whose values are missing or no numbers is silent.
 */
export const contradictions = (hparams: unknown, temporal: unknown): Contradiction[] => {
  const number = (path: string): number => numberAt(hparams, path);
  const seconds = (path: string): number => durationAt(temporal, path) / 1000;
  const found: (Contradiction | false)[] = [
    number('benchmark_sequence_length') > number('model.config.max_position_embeddings') && {
      source: 'hparams',
      key: 'benchmark_sequence_length',
      wrong: 'is longer than the model’s max_position_embeddings',
    },
    valueAt(hparams, 'model.config.head_dim') === undefined &&
      number('model.config.hidden_size') % number('model.config.num_attention_heads') > 0 && {
        source: 'hparams',
        key: 'model.config.hidden_size',
        wrong: 'must be a multiple of num_attention_heads',
      },
    number('model.config.num_attention_heads') % number('model.config.num_key_value_heads') > 0 && {
      source: 'hparams',
      key: 'model.config.num_attention_heads',
      wrong: 'must be a multiple of num_key_value_heads',
    },
    valueAt(hparams, 'gpu_class') !== 'cpu' &&
      isEmpty(valueAt(hparams, 'mfu.gpu_peak_tflops')) && {
        source: 'hparams',
        key: 'mfu.gpu_peak_tflops',
        wrong: 'names no GPU, but gpu_class is not cpu: no attempt could be scored',
      },
    number('verification.deadlines_s.total') > number('eval_timeout') && {
      source: 'hparams',
      key: 'eval_timeout',
      wrong:
        'must be at least verification.deadlines_s.total, or attempts are cut off before their own deadline',
    },
    valueAt(hparams, 'payment.enabled') === true &&
      number('payment.fee_rao') < LEAST_FEE_RAO && {
        source: 'hparams',
        key: 'payment.fee_rao',
        wrong: `must be at least ${LEAST_FEE_RAO} while payment.enabled is true: the chain moves no smaller stake`,
      },
    seconds('activities.runAttempt.start_to_close') < number('eval_timeout') && {
      source: 'temporal',
      key: 'activities.runAttempt.start_to_close',
      wrong: 'must be at least eval_timeout of the competition, or Temporal gives attempts up that still run',
    },
    seconds('workers.gpu_shutdown_grace') < number('eval_timeout') && {
      source: 'temporal',
      key: 'workers.gpu_shutdown_grace',
      wrong: 'must be at least eval_timeout of the competition, or a worker that stops loses its attempt',
    },
  ];
  return found.filter((contradiction) => contradiction !== false);
};

/** NaN compares false with everything: a rule about what is not there says nothing. */
const numberAt = (tree: unknown, path: string): number => {
  const value = valueAt(tree, path);
  return typeof value === 'number' ? value : NaN;
};

const durationAt = (tree: unknown, path: string): number =>
  durationSchema.safeParse(valueAt(tree, path)).data ?? NaN;

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

const valueAt = (tree: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
      tree,
    );
