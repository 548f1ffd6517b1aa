import assert from 'node:assert/strict';
import { evaluatorFault, makesGpuUnfit } from '../../../lib/evaluate/faults.js';

describe('evaluatorFault', () => {
  it('keeps code, words and remedy of a fault that the catalogue has', () => {
    const report = evaluatorFault('gpu_quarantined', '3 GB of cuda:0 are still in use.').report();
    assert.equal(report.code, 'gpu_quarantined');
    assert.equal(report.message, '3 GB of cuda:0 are still in use.');
    assert.match(report.remedy, /nvidia-smi/);
    assert.equal(report.fault, 'infrastructure');
  });

  it('names a code that the catalogue does not have, or that blames a miner, within evaluator_failed', () => {
    for (const code of ['made_up', 'moment_mismatch', 'cancelled', 'toString']) {
      const { code: ours, message } = evaluatorFault(code, 'something happened.').report();
      assert.equal(ours, 'evaluator_failed');
      assert.equal(message, `The evaluator itself failed: ${code}: something happened.`);
    }
  });
});

describe('makesGpuUnfit', () => {
  it('holds for what somebody has to mend on that GPU, not for what another try may get over', () => {
    assert.ok(['gpu_busy', 'gpu_unavailable', 'gpu_quarantined', 'gpu_memory_short'].every(makesGpuUnfit));
    assert.ok(!['gpu_slowed', 'evaluator_failed', 'model_load_failed'].some(makesGpuUnfit));
  });
});
