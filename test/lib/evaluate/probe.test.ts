import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CrusadesError } from '../../../lib/errors/index.js';
import { probeDevice } from '../../../lib/evaluate/probe.js';

/** What probing ends with when the evaluator does what the script says. */
async function failureOf(script: string): Promise<CrusadesError> {
  const dir = mkdtempSync(path.join(tmpdir(), 'crusades-probe-'));
  const python = path.join(dir, 'python');
  writeFileSync(python, `#!/bin/sh\n${script}\n`);
  chmodSync(python, 0o755);
  try {
    await probeDevice({ python, sourceDir: dir, device: 'cuda:0', threads: 1 });
  } catch (error) {
    if (error instanceof CrusadesError) return error;
    throw error;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  throw new Error('the probe succeeded');
}

describe('probeDevice', () => {
  it('passes on what the evaluator says of a GPU that is not there, with its code', async () => {
    const error = await failureOf(
      'echo "gpu_unavailable: there is no cuda:0 on this host" >&2; echo "Check the driver." >&2; exit 3',
    );
    assert.equal(error.code, 'gpu_unavailable');
    assert.equal(error.message, 'there is no cuda:0 on this host');
  });

  it('says what came last when the evaluator broke in its own way', async () => {
    const error = await failureOf('echo "Traceback" >&2; echo "ImportError: no torch" >&2; exit 1');
    assert.equal(error.code, 'evaluator_failed');
    assert.match(error.message, /cuda:0 could not be probed \(ImportError: no torch\)/);
  });

  it('takes no answer without the facts for one', async () => {
    assert.equal((await failureOf('echo "{}"')).code, 'evaluator_failed');
  });
});
