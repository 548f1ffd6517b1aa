import assert from 'node:assert/strict';

import { connectChain, type Chain } from '../../../lib/chain/index.js';
import { developmentKey, GENESIS_NEURONS, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import * as store from '../../../lib/devnet/pallets/subtensor/storage.js';
import { startRelay, type Frame, type Relay } from './relay.js';

const NETUID = 3;
const VALIDATOR = developmentKey(GENESIS_NEURONS.validator.hotkeyPath);
const WEIGHTS = [{ uid: 1, value: 65_535 }];

/** twox128 of `System` and of `Events`. */
const SYSTEM_EVENTS = '0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7';
/** One record: `ExtrinsicSuccess` of extrinsic 1, without weight. */
const ONLY_SUCCESS = '0x0400010000000000' + '0000000000';

describe('sending to a chain', function () {
  this.timeout(60_000);
  let devnet: Devnet;
  let relay: Relay;
  let chain: Chain;

  beforeEach(async () => {
    devnet = await startDevnet({
      ...{ port: 0, blockTimeSeconds: 0.25, manual: true },
      genesis: { weightsRateLimit: 0 },
    });
    relay = await startRelay(devnet.url);
    chain = await connectChain({ endpoint: relay.url, deadlineSeconds: 2, healthSeconds: 600 });
  });
  afterEach(async () => {
    await chain?.close();
    await relay?.close();
    await devnet?.stop();
  });

  const setWeights = () => chain.setWeights(VALIDATOR, NETUID, WEIGHTS, '0');
  const pooled = async (): Promise<void> => {
    const before = relay.requests.length;
    while (!relay.requests.slice(before).some((method) => method.startsWith('author_submit')))
      await new Promise((resume) => setTimeout(resume, 20));
    await new Promise((resume) => setTimeout(resume, 100));
  };

  it('takes at most one of several tries to set weights, while the first is on its way', async () => {
    await assert.rejects(setWeights(), { code: 'chain_outcome_unknown' });
    const second = setWeights();
    await assert.rejects(second, {
      code: 'chain_transaction_pending',
      details: { address: VALIDATOR.address, call: 'SubtensorModule.set_weights' },
    });
    await devnet.advance();
    const { number } = await chain.head();
    assert.equal(await chain.lastUpdateOf(NETUID, 2), number);
    await devnet.advance(2);
    assert.equal(await chain.lastUpdateOf(NETUID, 2), number);
  });

  it('sends again, and only then, what has not got into a block in its time', async () => {
    await assert.rejects(setWeights(), { code: 'chain_outcome_unknown' });
    // At 250 ms a transaction lives for 2048 blocks.
    await devnet.advance(2100);
    assert.ok((await chain.lastUpdateOf(NETUID, 2)) > 0);
    const again = setWeights();
    await pooled();
    await devnet.advance();
    assert.equal(await chain.lastUpdateOf(NETUID, 2), (await again).block);
  });

  it('says what the block refused, by the error’s own name', async () => {
    const sent = setWeights();
    await pooled();
    devnet.inject(({ state }) => store.ValidatorPermit.put(state, NETUID, [false, false, false]));
    await devnet.advance();
    await assert.rejects(sent, {
      code: 'chain_call_refused',
      message: /SubtensorModule\.NeuronNoValidatorPermit/,
    });
  });

  it('does not believe a success that lacks the event of what was called', async () => {
    const sent = setWeights();
    await pooled();
    relay.answer = (method, [keys]) => {
      if (!JSON.stringify(keys ?? '').includes(SYSTEM_EVENTS)) return undefined;
      return method === 'state_queryStorageAt'
        ? { result: [{ block: devnet.head().hash, changes: [[SYSTEM_EVENTS, ONLY_SUCCESS]] }] }
        : { result: ONLY_SUCCESS };
    };
    await devnet.advance();
    await assert.rejects(sent, {
      code: 'chain_no_effect',
      details: { block: 1, call: 'SubtensorModule.set_weights', event: 'SubtensorModule.WeightsSet' },
    });
  });

  it('says that nothing is known where the block’s events cannot be read', async () => {
    const sent = setWeights();
    await pooled();
    relay.answer = (method) =>
      method.startsWith('state_') ? { error: { code: 4003, message: 'Client error: Database' } } : undefined;
    await devnet.advance();
    await assert.rejects(sent, { code: 'chain_outcome_unknown' });
    relay.answer = () => undefined;
    assert.ok((await chain.lastUpdateOf(NETUID, 2)) > 0);
  });

  it('asks the node nothing about a block that has been read: a failure then would look like one of the call', async () => {
    const sent = setWeights();
    await pooled();
    const asked = new Map<unknown, number>();
    relay.answer = (method, [hash]) => {
      const times = (asked.get(hash) ?? 0) + 1;
      asked.set(hash, times);
      // The first one is polkadot-js's own, for the block's events.
      return method === 'chain_getHeader' && times > 1 ? { result: null } : undefined;
    };
    await devnet.advance();
    assert.equal((await sent).block, 1);
  });

  it('does not send again what a block took before an upgrade, whatever the pool says of it', async () => {
    const before = relay.requests.length;
    const sent = chain.addStake(developmentKey('//Bob'), NETUID, VALIDATOR.address, 5_000_000n);
    await pooled();
    let word: Frame | undefined;
    relay.rewrite = (frame) => {
      if (!/"(inBlock|finalized)"/.test(JSON.stringify(frame))) return frame;
      word = frame;
      return null;
    };
    await devnet.advance();
    devnet.upgradeRuntime((await chain.specVersion()) + 1);
    await devnet.advance();
    for (const end = Date.now() + 10_000; !word && Date.now() < end;)
      await new Promise((resume) => setTimeout(resume, 20));
    relay.tell({ ...word, params: { ...word?.params, result: 'invalid' } });
    await assert.rejects(sent, { code: 'chain_outcome_unknown' });
    const submissions = relay.requests.slice(before).filter((method) => method.startsWith('author_submit'));
    assert.equal(submissions.length, 1);
  });
});
