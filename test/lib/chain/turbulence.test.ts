import assert from 'node:assert/strict';

import { connectChain, type Chain } from '../../../lib/chain/index.js';
import { developmentKey, GENESIS_NEURONS, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { encryptToRound } from '../../../lib/timelock/index.js';

const NETUID = 3;
const VALIDATOR = developmentKey(GENESIS_NEURONS.validator.hotkeyPath);
const WEIGHTS = [{ uid: 1, value: 65_535 }];

/** Makes blocks until what was sent is in one. */
const whileAdvancing = async <T>(devnet: Devnet, sent: Promise<T>): Promise<T> => {
  const timer = setInterval(() => void devnet.advance(), 200);
  try {
    return await sent;
  } finally {
    clearInterval(timer);
  }
};

describe('a client of a chain', function () {
  this.timeout(60_000);
  let devnet: Devnet;
  let chain: Chain;

  const start = async (finalityLag: number): Promise<void> => {
    devnet = await startDevnet({
      ...{ port: 0, blockTimeSeconds: 0.25, manual: true, finalityLag },
      genesis: { weightsRateLimit: 0 },
    });
    chain = await connectChain({ endpoint: devnet.url, deadlineSeconds: 10 });
  };
  afterEach(async () => {
    await chain?.close();
    await devnet?.stop();
  });

  const commit = async (text: string) => {
    const beacon = Buffer.from(devnet.beaconPublicKey, 'hex');
    const ciphertext = encryptToRound(Buffer.from(text), 10 ** 9, beacon);
    return whileAdvancing(
      devnet,
      chain.setCommitment(VALIDATOR, NETUID, { ciphertext, revealRound: 10 ** 9 }),
    );
  };
  const commitBlocks = async (): Promise<number[]> =>
    (await chain.commitments(NETUID)).commitments.map(({ commitBlock }) => commitBlock);

  it('reads and sends on while the runtime is upgraded', async () => {
    await start(1);
    const { block: before } = await commit('before');
    const spec = await chain.specVersion();
    devnet.upgradeRuntime(spec + 1);
    await devnet.advance();
    // At once, before anybody has told the client.
    assert.deepEqual((await chain.weightRules(NETUID, VALIDATOR.address)).uid, 2);
    assert.equal((await chain.hotkeysOf(NETUID, [2]))[0], VALIDATOR.address);
    const { block } = await whileAdvancing(devnet, chain.setWeights(VALIDATOR, NETUID, WEIGHTS, '0'));
    assert.equal(await chain.specVersion(), spec + 1);
    assert.ok(block > before);
    await devnet.advance(2);
    assert.deepEqual(await commitBlocks(), [before]);
    // The state of the older runtime is read in its own layout.
    assert.equal(await chain.commitBlockOf(NETUID, VALIDATOR.address, before + 1), before);
  });

  it('sends what an upgrade has made invalid once more, for the new runtime', async () => {
    await start(1);
    const spec = await chain.specVersion();
    for (let times = 1; times <= 3; times += 1) {
      devnet.upgradeRuntime(spec + times);
      const sent = chain.setWeights(VALIDATOR, NETUID, WEIGHTS, '0');
      const { block } = await whileAdvancing(devnet, sent);
      assert.equal(await chain.lastUpdateOf(NETUID, 2), block);
    }
  });

  it('takes no commitment for made that a reorganisation may still undo', async () => {
    await start(3);
    await devnet.advance(5);
    const { block } = await commit('undone');
    assert.deepEqual(await commitBlocks(), []);
    await devnet.reorganise(1);
    await devnet.advance(6);
    const [final] = await commitBlocks();
    // It waited in the pool again, and is in a block of the other branch.
    assert.ok(final !== undefined && final >= block, `${final}, once ${block}`);
    assert.deepEqual(await commitBlocks(), [final]);
  });

  it('misses nothing for a while without finality, and sees everything once it is back', async () => {
    await start(1);
    await devnet.advance(2);
    devnet.stallFinality();
    const { block } = await commit('waits');
    await devnet.advance(20);
    assert.deepEqual(await commitBlocks(), []);
    assert.ok((await chain.head()).number > (await chain.finalizedHead()).number + 15);
    devnet.stallFinality(false);
    await devnet.advance(2);
    assert.deepEqual(await commitBlocks(), [block]);
  });
});
