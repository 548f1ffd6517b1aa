import assert from 'node:assert/strict';

import { connectChain, type Chain, type Inclusion } from '../../../lib/chain/index.js';
import { developmentKey, GENESIS_NEURONS, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { startRelay, type Relay } from './relay.js';

const NETUID = 3;
const BOB = developmentKey('//Bob');
const VALIDATOR = developmentKey(GENESIS_NEURONS.validator.hotkeyPath);

describe('a transaction in a block', function () {
  this.timeout(60_000);
  let devnet: Devnet;
  let relay: Relay;
  let chain: Chain;
  let staked: Inclusion;

  before(async () => {
    devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25 });
    relay = await startRelay(devnet.url);
    chain = await connectChain({ endpoint: relay.url, deadlineSeconds: 10, healthSeconds: 600 });
    staked = await chain.addStake(BOB, NETUID, VALIDATOR.address, 5_000_000n);
  });
  afterEach(() => {
    relay.answer = () => undefined;
  });
  after(async () => {
    await chain?.close();
    await relay?.close();
    await devnet?.stop();
  });

  const read = () => chain.transactionAt(staked.block, staked.extrinsicIndex);
  const answering = (wanted: string, result: unknown) => {
    relay.answer = (method) => (method === wanted ? { result } : undefined);
  };

  it('is read with its signer, its call and its events', async () => {
    const transaction = await read();
    assert.equal(transaction?.signer, BOB.address);
    assert.equal(transaction.call.name, 'SubtensorModule.add_stake');
    assert.equal(transaction.extrinsicHash, staked.extrinsicHash);
    assert.ok(transaction.events.some(({ name }) => name === 'StakeAdded'));
  });

  it('is none where the block has no such one: in the first block there is nothing at all', async () => {
    assert.equal(await chain.transactionAt(staked.block, 99), null);
    assert.equal(await chain.transactionAt(0, 0), null);
    assert.equal(await chain.transactionAt(1_000_000, 0), null);
  });

  it('is found beside others that nobody can read', async () => {
    const wanted = { signer: BOB.address, call: 'SubtensorModule.add_stake' };
    const block = await chain.transactionAt(staked.block, 0);
    relay.rewrite = (frame) => {
      const { result } = frame;
      const body = (result as { readonly block?: { readonly extrinsics: readonly string[] } } | null)?.block;
      if (!body) return frame;
      return { ...frame, result: { block: { ...body, extrinsics: ['0x0c070102', ...body.extrinsics] } } };
    };
    const place = await chain.findTransaction(wanted, staked.block, staked.block);
    await assert.rejects(chain.transactionAt(staked.block, 0), { code: 'chain_answer_malformed' });
    relay.rewrite = (frame) => frame;
    assert.deepEqual(place, { block: staked.block, extrinsicIndex: staked.extrinsicIndex + 1 });
    assert.equal(block?.signer, null);
  });

  for (const result of [{}, 'text', { block: {} }, { block: { header: {}, extrinsics: [7] } }]) {
    it(`is not judged by a block that is ${JSON.stringify(result)}`, async () => {
      answering('chain_getBlock', result);
      await assert.rejects(read(), { code: 'chain_answer_malformed', message: /chain_getBlock/ });
    });
  }

  for (const result of [null, '0x', '0x04', 7, '0x0400010000000000']) {
    it(`is not judged by events that are ${JSON.stringify(result)}`, async () => {
      answering('state_getStorage', result);
      await assert.rejects(read(), { code: 'chain_answer_malformed', message: /System.Events/ });
    });
  }

  for (const result of [null, '0x', `0x${'01'.repeat(12)}`, 7, 'text']) {
    it(`is not priced by a quote that is ${JSON.stringify(result)}`, async () => {
      const head = await chain.head();
      answering('state_call', result);
      await assert.rejects(chain.alphaFor(NETUID, 5_000_000n, head), {
        code: 'chain_answer_malformed',
        message: /sim_swap_tao_for_alpha/,
      });
    });
  }
});
