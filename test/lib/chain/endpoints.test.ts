import assert from 'node:assert/strict';

import { connectChain, type Chain, type ConnectionOptions } from '../../../lib/chain/index.js';
import { FailoverProvider } from '../../../lib/chain/failover-provider.js';
import { developmentKey, GENESIS_NEURONS, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { commitmentsOf256 } from './full-subnet.js';
import { startCable } from './cable.js';
import { startRelay, type Answer, type Relay } from './relay.js';

const NETUID = 3;
const BLOCK_SECONDS = 0.25;
const TIMESTAMP_NOW = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb';

/** The timestamp of a head that is so old. */
const headOfAge =
  (seconds: number) =>
  (method: string, [key]: readonly unknown[]): Answer => {
    if (method !== 'state_getStorage' || key !== TIMESTAMP_NOW) return undefined;
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(Date.now() - seconds * 1000));
    return { result: `0x${bytes.toString('hex')}` };
  };

const until = async (holds: () => boolean | Promise<boolean>, seconds = 10): Promise<void> => {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`it did not come true in ${seconds} s`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
};

describe('several endpoints', function () {
  this.timeout(60_000);
  let devnet: Devnet;
  let first: Relay;
  let second: Relay;
  let chain: Chain | undefined;

  before(async () => {
    devnet = await startDevnet({ port: 0, blockTimeSeconds: BLOCK_SECONDS });
  });
  after(() => devnet?.stop());
  beforeEach(async () => {
    [first, second] = await Promise.all([startRelay(devnet.url), startRelay(devnet.url)]);
  });
  afterEach(async () => {
    await chain?.close();
    chain = undefined;
    await Promise.all([first.close(), second.close()]);
  });

  const connect = async (options: Partial<ConnectionOptions> = {}): Promise<Chain> => {
    chain = await connectChain({
      ...{ endpoint: first.url, fallbacks: [second.url], deadlineSeconds: 10 },
      ...{ healthSeconds: 0.2, staleSeconds: 30 },
      ...options,
    });
    return chain;
  };

  it('are used in their order', async () => {
    assert.equal((await connect()).endpoint, first.url);
    assert.equal(second.requests.length, 0);
  });

  it('stand in for one that does not answer at the start', async () => {
    await first.pause();
    const { endpoint } = await connect();
    assert.equal(endpoint, second.url);
    await first.resume();
  });

  it('take over when the one in use breaks down, and give back when it has recovered', async () => {
    const used = await connect();
    await first.pause();
    assert.ok((await used.head()).number >= 0);
    assert.equal(used.endpoint, second.url);
    await first.resume();
    await until(() => used.endpoint === first.url);
    assert.ok((await used.head()).number >= 0);
  });

  it('take over from one that falls silent, within the deadline of the call that noticed', async () => {
    const used = await connect({ healthSeconds: 60 });
    first.silent = true;
    const started = Date.now();
    await used.head();
    assert.ok(Date.now() - started < 9000, `${Date.now() - started} ms`);
    assert.equal(used.endpoint, second.url);
  });

  it('take over from one whose network is cut, which does not even close its connection', async () => {
    const cut = await startCable(first.url);
    try {
      const used = await connect({ endpoint: cut.url, healthSeconds: 60 });
      assert.equal(used.endpoint, cut.url);
      cut.pull();
      // A share of the deadline is for the silence; waiting for the other side to close takes half a minute.
      await used.head();
      assert.equal(used.endpoint, second.url);
    } finally {
      await cut.close();
    }
  });

  it('take over from one whose head is old, and stay with it when all are', async () => {
    const used = await connect();
    first.answer = headOfAge(100);
    await until(() => used.endpoint === second.url);
    second.answer = headOfAge(100);
    const looks = second.requests.length;
    await until(() => second.requests.length > looks + 8);
    assert.equal(used.endpoint, second.url);
    first.answer = () => undefined;
    await until(() => used.endpoint === first.url);
  });

  it('are not asked again while they rest after refusing traffic', async () => {
    const used = await connect();
    let refused = 0;
    first.answer = (method) => {
      if (method !== 'chain_getHeader') return undefined;
      refused += 1;
      const data = { policy: 'storage', reason: 'quota', retry_after: 2 };
      return { error: { code: -32005, message: 'storage work rate limit exceeded', data } };
    };
    await used.head();
    assert.equal(used.endpoint, second.url);
    const [before, asked] = [refused, first.requests.length];
    await new Promise((resume) => setTimeout(resume, 1000));
    assert.deepEqual([refused, first.requests.length], [before, asked]);
    first.answer = () => undefined;
    await until(() => used.endpoint === first.url);
  });

  it('are passed over when they refuse the handshake for too much traffic', async () => {
    first.handshakeStatus = 429;
    assert.equal((await connect()).endpoint, second.url);
  });

  it('tell that the only one wants no more requests, and for how long', async () => {
    const used = await connect({ fallbacks: [], deadlineSeconds: 2 });
    first.answer = () => ({
      error: { code: -32004, message: 'storage work rate limit exceeded', data: { retry_after: 40 } },
    });
    await assert.rejects(used.head(), (error: { code: string; details: Record<string, unknown> }) => {
      assert.equal(error.code, 'chain_rate_limited');
      assert.equal(error.details['endpoint'], first.url);
      const seconds = Number(error.details['retryAfterSeconds']);
      assert.ok(seconds > 30 && seconds <= 40, String(seconds));
      return true;
    });
  });

  for (const [what, answer] of [
    [
      'no genesis',
      (method: string, [block]: readonly unknown[]) => method === 'chain_getBlockHash' && block === 0,
    ],
    ['no head', (method: string) => method === 'chain_getHeader'],
    [
      'no time',
      (method: string, [key]: readonly unknown[]) => method === 'state_getStorage' && key === TIMESTAMP_NOW,
    ],
  ] as const) {
    it(`are passed over when they have ${what}, whatever they say instead`, async () => {
      for (const nonsense of ['x', { number: 'x' }, 7, '0x00']) {
        first.answer = (method, params) => (answer(method, params) ? { result: nonsense } : undefined);
        const used = await connect();
        assert.equal(used.endpoint, second.url);
        await used.close();
      }
    });
  }

  it('are refused when they are of another chain than the first one that answered', async () => {
    const other = await startDevnet({ port: 0, blockTimeSeconds: BLOCK_SECONDS, genesis: { burn: 7 } });
    try {
      const used = await connect({ fallbacks: [other.url, second.url] });
      await first.pause();
      await used.head();
      assert.equal(used.endpoint, second.url);
      await first.resume();
    } finally {
      await other.stop();
    }
  });

  it('are refused at once when they are of another chain than the configured one', async () => {
    const started = Date.now();
    const genesisHash = `0x${'ab'.repeat(32)}`;
    await assert.rejects(connect({ genesisHash }), {
      code: 'chain_wrong_genesis',
      details: { endpoint: first.url, genesis: devnet.genesisHash },
    });
    assert.ok(Date.now() - started < 5000);
  });

  it('carry subscriptions on', async () => {
    const provider = new FailoverProvider({
      ...{ endpoints: [first.url, second.url], requestSeconds: 10, healthSeconds: 60, staleSeconds: 30 },
    });
    try {
      await until(() => provider.isConnected);
      const heads: number[] = [];
      const id = await provider.subscribe(
        'chain_newHead',
        'chain_subscribeNewHeads',
        [],
        (_error: unknown, { number }: { number: string }) => void heads.push(Number(number)),
      );
      await until(() => heads.length > 1);
      await first.pause();
      await until(() => provider.endpoint === second.url);
      const [last = 0] = heads.slice(-1);
      await until(() => (heads.at(-1) ?? 0) > last + 1);
      assert.equal(await provider.unsubscribe('chain_newHead', 'chain_unsubscribeNewHeads', id), true);
      const seen = heads.length;
      await new Promise((resume) => setTimeout(resume, 700));
      assert.equal(heads.length, seen);
      await first.resume();
    } finally {
      await provider.disconnect();
    }
  });

  it('leave no subscription behind that was ended while it moved', async () => {
    const provider = new FailoverProvider({
      ...{ endpoints: [first.url, second.url], requestSeconds: 10, healthSeconds: 60, staleSeconds: 30 },
    });
    try {
      await until(() => provider.isConnected);
      let heads = 0;
      const id = await provider.subscribe(
        'chain_newHead',
        'chain_subscribeNewHeads',
        [],
        () => void (heads += 1),
      );
      await until(() => heads > 0);
      let ended: Promise<boolean> | undefined;
      second.answer = (method) => {
        if (method === 'chain_subscribeNewHeads')
          ended = provider.unsubscribe('chain_newHead', 'chain_unsubscribeNewHeads', id);
        return undefined;
      };
      await first.pause();
      await until(() => second.requests.includes('chain_unsubscribeNewHeads'));
      assert.equal(await ended, true);
      const seen = heads;
      await new Promise((resume) => setTimeout(resume, 700));
      assert.equal(heads, seen);
      await first.resume();
    } finally {
      await provider.disconnect();
    }
  });

  it('do not double what was sent over the one that broke: a second try is the first one', async () => {
    const used = await connect();
    const validator = developmentKey(GENESIS_NEURONS.validator.hotkeyPath);
    const { versionKey, uid } = await used.weightRules(NETUID, validator.address);
    const weights = [{ uid: 1, value: 65_535 }];
    first.answer = (method) => {
      // The node has it, and nobody is told.
      if (method === 'author_submitAndWatchExtrinsic') setTimeout(() => void first.pause(), 20);
      return undefined;
    };
    await assert.rejects(used.setWeights(validator, NETUID, weights, versionKey), {
      code: 'chain_outcome_unknown',
    });
    assert.ok(uid !== null);
    await until(async () => (await used.lastUpdateOf(NETUID, uid)) > 0);
    assert.equal(used.endpoint, second.url);
    assert.deepEqual(await used.weightsOf(NETUID, uid), weights);
    first.answer = () => undefined;
    await first.resume();
  });

  it('are asked for old state only where they keep it: the archive answers for the others', async () => {
    const archive = await startRelay(devnet.url);
    try {
      first.answer = (method, params) =>
        method === 'state_queryStorageAt' && params[1] !== undefined && discarded
          ? {
              error: {
                code: 4003,
                message: `Client error: UnknownBlock: State already discarded for ${JSON.stringify(params[1])}`,
              },
            }
          : undefined;
      let discarded = false;
      const used = await connect({ fallbacks: [], archive: archive.url });
      assert.equal(archive.requests.length, 0);
      discarded = true;
      assert.equal(await used.uidOf(NETUID, developmentKey(GENESIS_NEURONS.owner.hotkeyPath).address), 0);
      assert.ok(archive.requests.includes('state_queryStorageAt'));
    } finally {
      await archive.close();
    }
  });
});

describe('an intake read', function () {
  this.timeout(60_000);

  it('takes three requests for a subnet of 256 neurons, all of which have committed', async () => {
    const devnet = await startDevnet({ port: 0, blockTimeSeconds: BLOCK_SECONDS, manual: true });
    devnet.inject(({ state }) => commitmentsOf256(state, NETUID));
    await devnet.advance(2);
    const relay = await startRelay(devnet.url);
    const chain = await connectChain({ endpoint: relay.url, healthSeconds: 600 });
    try {
      await until(() => relay.requests.includes('state_subscribeRuntimeVersion'));
      const before = relay.requests.length;
      const { commitments } = await chain.commitments(NETUID);
      assert.deepEqual(relay.requests.slice(before), [
        'chain_getFinalizedHead',
        'state_getKeysPaged',
        'state_queryStorageAt',
      ]);
      assert.equal(commitments.length, 256 + 128);
    } finally {
      await chain.close();
      await relay.close();
      await devnet.stop();
    }
  });
});
