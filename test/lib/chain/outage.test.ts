import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { connectChain } from '../../../lib/chain/index.js';
import { developmentKey, startDevnet } from '../../../lib/devnet/index.js';
import { CrusadesError } from '../../../lib/errors/index.js';
import { startRelay } from './relay.js';

const BLOCK_SECONDS = 0.25;
const isCode = (code: string) => (error: unknown) => error instanceof CrusadesError && error.code === code;

describe('an outage of the chain', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'crusades-outage-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is bridged when the node restarts: reads wait, calls work again', async () => {
    const state = path.join(folder, 'state');
    const first = await startDevnet({ port: 0, blockTimeSeconds: BLOCK_SECONDS, statePath: state });
    const { port } = first;
    const chain = await connectChain({ endpoint: first.url, deadlineSeconds: 20 });
    const alice = developmentKey('//Alice');
    const target = developmentKey('//outage').address;
    await chain.transfer(alice, target, 1_000_000n);
    await first.stop();
    const meanwhile = chain.balanceOf(target);
    const second = await startDevnet({ port, blockTimeSeconds: BLOCK_SECONDS, statePath: state });
    try {
      assert.equal(await meanwhile, 1_000_000n);
      await chain.transfer(alice, target, 1_000_000n);
      assert.equal(await chain.balanceOf(target), 2_000_000n);
    } finally {
      await chain.close();
      await second.stop();
    }
  });

  it('is a time-out when the node falls silent, and over when it answers again', async () => {
    const devnet = await startDevnet({ port: 0, blockTimeSeconds: BLOCK_SECONDS });
    const relay = await startRelay(devnet.url);
    const chain = await connectChain({ endpoint: relay.url, deadlineSeconds: 1 });
    try {
      await chain.head();
      relay.silent = true;
      await assert.rejects(chain.head(), isCode('chain_timeout'));
      relay.silent = false;
      assert.ok((await chain.head()).number >= 0);
    } finally {
      await chain.close();
      await relay.close();
      await devnet.stop();
    }
  });
});
