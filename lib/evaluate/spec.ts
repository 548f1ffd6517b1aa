import type { Hparams } from '../../hparams/schema.js';
import { crusadesError } from '../errors/index.js';

/** What 100 % MFU stands for on one device. */
export interface DevicePeak {
  /** FLOP/s. */
  readonly flops: number;
  readonly source: 'measured' | 'configured';
}

/** Spec file of the evaluator, version 1 (docs/reference/evaluator.md): everything that one attempt depends on. */
export interface AttemptSpec {
  readonly version: 1;
  readonly submission: string;
  readonly attempt: number;
  readonly code: string;
  readonly code_sha256: string;
  /** Null: drawn by the referee once the contestant is ready. Given only to run a recorded attempt again. */
  readonly seed: string | null;
  readonly device: string;
  readonly threads: number;
  /** Steps of the untimed warm-up. */
  readonly warm_up_steps: number;
  readonly model: Hparams['model'];
  readonly data: {
    readonly corpus: string;
    readonly split: string;
    readonly samples: number;
    readonly master_seed: number;
    /** The tokenizer's name; a synthetic corpus needs none. */
    readonly tokenizer: string;
    readonly sequence_length: number;
    readonly batch_size: number;
    readonly steps: number;
  };
  readonly optimizer: Hparams['verification']['optimizer'];
  readonly limits: Hparams['verification']['limits'];
  readonly deadlines_s: Hparams['verification']['deadlines_s'];
  readonly memory_bytes: number;
  readonly output_bytes: number;
  readonly mfu: {
    readonly peak_flops: number;
    readonly peak_source: DevicePeak['source'];
    readonly min_mfu: number;
    readonly max_plausible_mfu: number;
  };
}

export interface AttemptRequest {
  readonly submissionId: string;
  readonly number: number;
  readonly code: string;
  readonly codeSha256: string;
  readonly seed: string | null;
  readonly settings: Hparams;
  readonly device: string;
  readonly threads: number;
  readonly peak: DevicePeak;
}

/** Values for keys that settings lack which were frozen into a submission before these keys existed. */
const ADDED_LATER = {
  model: { weights: null, logit_spread: null },
  verification: { warm_up_steps: 3 },
  limits: { stray: 0.0005 },
};

/** The spec of one attempt: the submission's frozen settings, and the device that it meets. */
export const specOf = ({ settings, peak, ...request }: AttemptRequest): AttemptSpec => {
  const verification = { ...ADDED_LATER.verification, ...settings.verification };
  return {
    version: 1,
    submission: request.submissionId,
    attempt: request.number,
    code: request.code,
    code_sha256: request.codeSha256,
    seed: request.seed,
    device: request.device,
    threads: request.threads,
    warm_up_steps: verification.warm_up_steps,
    model: { ...ADDED_LATER.model, ...settings.model },
    data: {
      corpus: settings.benchmark_dataset_name,
      split: settings.benchmark_dataset_split,
      samples: settings.benchmark_data_samples,
      master_seed: settings.benchmark_master_seed,
      tokenizer: settings.benchmark_model_name,
      sequence_length: settings.benchmark_sequence_length,
      batch_size: settings.benchmark_batch_size,
      steps: settings.eval_steps,
    },
    optimizer: verification.optimizer,
    limits: { ...ADDED_LATER.limits, ...verification.limits },
    deadlines_s: verification.deadlines_s,
    memory_bytes: verification.memory_bytes,
    output_bytes: verification.output_bytes,
    mfu: {
      peak_flops: peak.flops,
      peak_source: peak.source,
      min_mfu: settings.mfu.min_mfu,
      max_plausible_mfu: settings.mfu.max_plausible_mfu,
    },
  };
};

const TERA = 1e12;

/**
 * Peak of the device that is really there. A CPU has no peak on paper: the one that matrix products reached at
 * worker start is taken, and the record says so.
 *
 * @throws `gpu_peak_unknown` for a GPU whose name the competition does not list: its MFU would mean nothing
 */
export function peakOf(
  device: { readonly name: string; readonly measuredFlops: number | null },
  settings: Pick<Hparams, 'gpu_class' | 'mfu'>,
): DevicePeak {
  if (settings.gpu_class === 'cpu' && device.measuredFlops !== null) {
    return { flops: device.measuredFlops, source: 'measured' };
  }
  const listed = Object.entries(settings.mfu.gpu_peak_tflops).find(([name]) => name === device.name);
  if (!listed) throw crusadesError('gpu_peak_unknown', { name: device.name });
  return { flops: listed[1] * TERA, source: 'configured' };
}
