import assert from 'node:assert/strict';
import { peakOf, specOf } from '../../../lib/evaluate/spec.js';
import { loadSettings } from '../../../lib/settings/index.js';

const { hparams: local } = loadSettings({ hparamsPath: 'hparams/local.json', env: {} });
const { hparams: production } = loadSettings({ env: {} });

describe('peakOf', () => {
  it('takes what was measured on a CPU, and says so', () => {
    assert.deepEqual(peakOf({ name: 'AMD EPYC', measuredFlops: 1e11 }, local), {
      flops: 1e11,
      source: 'measured',
    });
  });

  it('takes the configured peak of the GPU that is there', () => {
    const [name = '', tflops = 0] = Object.entries(production.mfu.gpu_peak_tflops)[0] ?? [];
    assert.deepEqual(peakOf({ name, measuredFlops: null }, production), {
      flops: tflops * 1e12,
      source: 'configured',
    });
  });

  it('refuses a GPU that the competition does not list, even if something was measured on it', () => {
    assert.throws(() => peakOf({ name: 'NVIDIA Unheard Of', measuredFlops: 1e15 }, production), {
      code: 'gpu_peak_unknown',
      details: { name: 'NVIDIA Unheard Of' },
    });
  });
});

const REQUEST = {
  submissionId: 's',
  number: 2,
  code: '',
  codeSha256: 'ab',
  seed: null,
  settings: local,
  device: 'cpu',
  threads: 1,
  peak: { flops: 1e11, source: 'measured' },
} as const;

describe('specOf', () => {
  it('holds every setting that an attempt depends on, and the code exactly', () => {
    const code = 'def inner_steps():\r\n\tpass  # é\n';
    const spec = specOf({ ...REQUEST, code });
    assert.equal(spec.code, code);
    assert.deepEqual(spec.model, local.model);
    assert.deepEqual(spec.limits, local.verification.limits);
    assert.equal(spec.model.weights, null);
    assert.equal(spec.model.logit_spread, null);
    assert.equal(spec.warm_up_steps, local.verification.warm_up_steps);
    assert.deepEqual(spec.data, {
      corpus: local.benchmark_dataset_name,
      split: local.benchmark_dataset_split,
      samples: local.benchmark_data_samples,
      master_seed: local.benchmark_master_seed,
      tokenizer: local.benchmark_model_name,
      sequence_length: local.benchmark_sequence_length,
      batch_size: local.benchmark_batch_size,
      steps: local.eval_steps,
    });
    assert.deepEqual(spec.mfu, {
      peak_flops: 1e11,
      peak_source: 'measured',
      min_mfu: local.mfu.min_mfu,
      max_plausible_mfu: local.mfu.max_plausible_mfu,
    });
  });

  it('gives settings that were frozen before some keys existed values for these', () => {
    const frozen = structuredClone(local) as { model: object; verification: { limits: object } };
    Reflect.deleteProperty(frozen.model, 'weights');
    Reflect.deleteProperty(frozen.model, 'logit_spread');
    Reflect.deleteProperty(frozen.verification, 'warm_up_steps');
    Reflect.deleteProperty(frozen.verification.limits, 'stray');
    const spec = specOf({ ...REQUEST, settings: frozen as typeof local });
    assert.deepEqual(spec.model, { ...local.model, weights: null, logit_spread: null });
    assert.equal(spec.warm_up_steps, 3);
    assert.deepEqual(spec.limits, { ...local.verification.limits, stray: 0.0005 });
  });
});
