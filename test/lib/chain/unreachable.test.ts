import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PROGRAM = `
  import { connectChain } from './lib/chain/index.ts';
  const error = await connectChain({ endpoint: 'ws://127.0.0.1:2', deadlineSeconds: 2 }).catch((error) => error);
  console.log(error.code);
`;

describe('an endpoint where nothing listens', function () {
  this.timeout(30_000);

  // In a process of its own: mocha has its own way with rejections that nobody handles.
  it('is an error that the caller gets, not the end of the process', async () => {
    const { stdout } = await run(process.execPath, ['--import=tsx', '--input-type=module', '-e', PROGRAM], {
      timeout: 25_000,
    });
    assert.equal(stdout.trim(), 'chain_unreachable');
  });
});
