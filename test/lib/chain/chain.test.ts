import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import type { KeyringPair } from '@polkadot/keyring/types';

import {
  connectChain,
  sealCommitment,
  type Chain,
  type ObservedCommitment,
} from '../../../lib/chain/index.js';
import { developmentKey, GENESIS_NEURONS, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { CrusadesError } from '../../../lib/errors/index.js';
import {
  decodeWeightsPayload,
  encodeWeightsPayload,
  encryptToRound,
  roundAt,
} from '../../../lib/timelock/index.js';

const NETUID = 3;
const BLOCK_SECONDS = 0.25;
const TEXT = '0123456789abcdef0123456789abcdef:https://example.com/train.py';

const refused = async (code: string, promise: Promise<unknown>, text: RegExp): Promise<void> => {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof CrusadesError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  });
};

const until = async <T>(read: () => Promise<T | undefined>, seconds = 20): Promise<T> => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`nothing came in ${seconds} s`);
    await new Promise((resume) => setTimeout(resume, 100));
  }
};

describe('a chain', function () {
  this.timeout(60_000);
  let devnet: Devnet;
  let chain: Chain;
  let alice: KeyringPair;
  let validator: KeyringPair;

  before(async () => {
    devnet = await startDevnet({ port: 0, blockTimeSeconds: BLOCK_SECONDS, seed: 'chain test' });
    chain = await connectChain({ endpoint: devnet.url, deadlineSeconds: 20 });
    alice = developmentKey('//Alice');
    validator = developmentKey(GENESIS_NEURONS.validator.hotkeyPath);
  });
  after(async () => {
    await chain?.close();
    await devnet?.stop();
  });

  const miner = async (name: string): Promise<KeyringPair> => {
    const hotkey = developmentKey(`//miner//${name}`);
    await chain.burnedRegister(alice, NETUID, hotkey.address);
    return hotkey;
  };
  const seal = async (text: string, secondsAhead: number) =>
    sealCommitment(text, {
      blocksAhead: secondsAhead / BLOCK_SECONDS,
      blockSeconds: BLOCK_SECONDS,
      beacon: await chain.beacon(),
      now: Date.now() / 1000,
    });
  const contentsOf = async (hotkey: KeyringPair): Promise<readonly ObservedCommitment[]> =>
    (await chain.commitmentsOf(NETUID, hotkey.address)).commitments;
  const revealed = (hotkey: KeyringPair) =>
    until(async () => (await contentsOf(hotkey)).find(({ content }) => content.kind === 'revealed'));

  it('tells its head, finalized head, block time and spec version', async () => {
    const first = await chain.head();
    const later = await until(async () => {
      const head = await chain.head();
      return head.number > first.number ? head : undefined;
    });
    assert.match(later.hash, /^0x[0-9a-f]{64}$/);
    assert.ok((await chain.finalizedHead()).number <= (await chain.head()).number);
    assert.equal(await chain.blockTimeSeconds(), BLOCK_SECONDS);
    assert.ok((await chain.specVersion()) > 400);
  });

  it('announces its own beacon, which counts rounds as quicknet does', async () => {
    assert.deepEqual(await chain.beacon(), {
      publicKey: devnet.beaconPublicKey,
      genesisSeconds: 1692803367,
      periodSeconds: 3,
    });
  });

  it('registers a hotkey, whose uid, neuron and cost then show', async () => {
    const before = await chain.balanceOf(alice.address);
    const hotkey = await miner('registers');
    const uid = await chain.uidOf(NETUID, hotkey.address);
    assert.ok(uid !== null && uid > 2);
    const neuron = (await chain.neurons(NETUID)).find((held) => held.uid === uid);
    assert.deepEqual(neuron, { uid, hotkey: hotkey.address, coldkey: alice.address });
    assert.ok((await chain.balanceOf(alice.address)) < before);
    await refused(
      'chain_call_refused',
      chain.burnedRegister(alice, NETUID, hotkey.address),
      /SubtensorModule\.HotKeyAlreadyRegisteredInSubNet/,
    );
  });

  it('has no uid for a hotkey that nobody registered', async () => {
    assert.equal(await chain.uidOf(NETUID, developmentKey('//nobody').address), null);
  });

  it('moves what is transferred', async () => {
    const to = developmentKey('//transfer//target').address;
    const inclusion = await chain.transfer(alice, to, 1_234_567_890n);
    assert.equal(await chain.balanceOf(to), 1_234_567_890n);
    assert.ok(inclusion.block > 0 && inclusion.extrinsicIndex > 0);
    assert.match(inclusion.extrinsicHash, /^0x[0-9a-f]{64}$/);
  });

  it('shows a sealed commitment once it is final, and its text and both blocks after the round', async () => {
    const hotkey = await miner('commits');
    const sealed = await seal(TEXT, 3);
    const { block } = await chain.setCommitment(hotkey, NETUID, sealed);
    const pending = await until(async () => (await contentsOf(hotkey))[0]);
    assert.deepEqual(
      [pending?.commitBlock, pending?.commitBlockKnown, pending?.content.kind],
      [block, true, 'sealed'],
    );
    assert.ok(pending?.content.kind === 'sealed');
    assert.equal(pending.content.revealRound, sealed.revealRound);
    assert.equal(pending.content.digest, createHash('sha256').update(sealed.ciphertext).digest('hex'));
    const bytes = await chain.sealedBytes(NETUID, hotkey.address, block);
    assert.deepEqual(bytes, Buffer.from(sealed.ciphertext));
    assert.equal(await chain.sealedBytes(NETUID, hotkey.address, block - 1), null);

    const opened = await revealed(hotkey);
    assert.ok(opened.content.kind === 'revealed' && opened.content.text === TEXT);
    assert.deepEqual([opened.commitBlock, opened.commitBlockKnown], [block, true]);
    assert.equal(await chain.commitBlockOf(NETUID, hotkey.address, opened.content.revealBlock), block);

    const all = await chain.commitments(NETUID);
    assert.deepEqual(
      all.commitments.filter((held) => held.hotkey === hotkey.address),
      [opened],
    );
  });

  it('says that an earlier reveal’s commit block is unknown, and finds it when asked', async () => {
    const hotkey = await miner('commits twice');
    const { block } = await chain.setCommitment(hotkey, NETUID, await seal(TEXT, 0.5));
    const first = await revealed(hotkey);
    await chain.setCommitment(hotkey, NETUID, await seal(`${TEXT}2`, 600));
    const [, opened] = await until(async () => {
      const both = await contentsOf(hotkey);
      return both[0]?.content.kind === 'sealed' ? both : undefined;
    });
    assert.ok(opened?.content.kind === 'revealed' && first.content.kind === 'revealed');
    assert.deepEqual([opened.commitBlockKnown, opened.commitBlock], [false, opened.content.revealBlock]);
    assert.equal(await chain.commitBlockOf(NETUID, hotkey.address, opened.content.revealBlock), block);
  });

  it('shows that the chain could not open a commitment', async () => {
    const hotkey = await miner('seals rubbish');
    const sealed = { ciphertext: new Uint8Array(300).fill(7), revealRound: roundAt(Date.now() / 1000) };
    await chain.setCommitment(hotkey, NETUID, sealed);
    const failed = await until(async () =>
      (await contentsOf(hotkey)).find(({ content }) => content.kind === 'failed'),
    );
    assert.deepEqual(failed.content, { kind: 'failed', revealRound: sealed.revealRound });
  });

  it('tells that a hotkey may not commit because it is not registered', async () => {
    const nobody = developmentKey('//nobody');
    await refused(
      'hotkey_not_registered',
      chain.setCommitment(nobody, NETUID, await seal(TEXT, 10)),
      new RegExp(nobody.address),
    );
  });

  it('tells that a hotkey has used up its space for the epoch', async () => {
    const hotkey = await miner('commits much');
    const much = { ciphertext: new Uint8Array(1024), revealRound: 10 ** 9 };
    for (let times = 0; times < 3; times += 1) await chain.setCommitment(hotkey, NETUID, much);
    await refused(
      'commitment_space_exhausted',
      chain.setCommitment(hotkey, NETUID, much),
      /next epoch|space/,
    );
  });

  it('sends several calls of one signer at once, each with a nonce of its own', async () => {
    const targets = ['a', 'b', 'c', 'd'].map((name) => developmentKey(`//many//${name}`).address);
    await Promise.all(targets.map((to) => chain.transfer(alice, to, 1_000_000n)));
    for (const to of targets) assert.equal(await chain.balanceOf(to), 1_000_000n);
  });

  it('tells what the next weights must keep to, sets them, and reads them back', async () => {
    const rules = await chain.weightRules(NETUID, validator.address);
    assert.deepEqual(
      [rules.uid, rules.permit, rules.commitRevealEnabled, rules.rateLimitBlocks, rules.minAllowedWeights],
      [2, true, false, 10, 1],
    );
    assert.ok(rules.clock.stateful && rules.clock.tempo === 100 && rules.neuronCount >= 3);
    const weights = [
      { uid: 0, value: 3449 },
      { uid: 1, value: 65535 },
    ];
    const { block } = await chain.setWeights(validator, NETUID, weights, rules.versionKey);
    assert.deepEqual(await chain.weightsOf(NETUID, 2), weights);
    assert.equal((await chain.weightRules(NETUID, validator.address)).lastUpdateBlock, block);
    await refused(
      'chain_call_refused',
      chain.setWeights(validator, NETUID, weights, rules.versionKey),
      /RateLimitExceeded|SettingWeightsTooFast/,
    );
  });

  it('says that a hotkey without registration has no uid and no permit', async () => {
    const rules = await chain.weightRules(NETUID, developmentKey('//nobody').address);
    assert.deepEqual([rules.uid, rules.permit, rules.lastUpdateBlock], [null, false, 0]);
  });

  it('comes back after the connection was cut, and answers what was asked meanwhile', async () => {
    devnet.dropConnections();
    const heads = await Promise.all([chain.head(), chain.head(), chain.uidOf(NETUID, validator.address)]);
    assert.equal(heads[2], 2);
    await chain.transfer(alice, developmentKey('//after//cut').address, 1_000_000n);
  });

  it('prints nothing of polkadot-js’s own when the connection is cut', async () => {
    const printed: unknown[][] = [];
    const underneath = process.stderr.write.bind(process.stderr);
    process.stderr.write = (chunk: unknown) => printed.push([chunk]) > 0;
    try {
      devnet.dropConnections();
      await chain.head();
    } finally {
      process.stderr.write = underneath;
    }
    assert.deepEqual(printed, []);
  });
});

describe('a chain with commit-reveal', function () {
  this.timeout(60_000);

  it('keeps a timelocked weight commit with its round until it is revealed', async () => {
    const devnet = await startDevnet({
      port: 0,
      blockTimeSeconds: BLOCK_SECONDS,
      genesis: { commitReveal: true },
    });
    const chain = await connectChain({ endpoint: devnet.url });
    try {
      const validator = developmentKey(GENESIS_NEURONS.validator.hotkeyPath);
      const rules = await chain.weightRules(NETUID, validator.address);
      assert.equal(rules.commitRevealEnabled, true);
      const payload = encodeWeightsPayload({
        hotkey: validator.publicKey,
        uids: [1],
        values: [65535],
        versionKey: 0n,
      });
      assert.equal(decodeWeightsPayload(payload).uids[0], 1);
      const round = roundAt(Date.now() / 1000 + 3600);
      const { publicKey } = await chain.beacon();
      const sealed = encryptToRound(payload, round, Buffer.from(publicKey, 'hex'));
      const { block } = await chain.commitTimelockedWeights(
        validator,
        NETUID,
        sealed,
        round,
        rules.commitRevealVersion,
      );
      const [commit, ...more] = await chain.pendingWeightCommits(NETUID, validator.address);
      assert.deepEqual([commit?.block, commit?.revealRound, more], [block, round, []]);
      assert.match(commit?.digest ?? '', /^[0-9a-f]{64}$/);
      assert.deepEqual(await chain.pendingWeightCommits(NETUID, developmentKey('//Bob').address), []);
      await refused(
        'chain_call_refused',
        chain.setWeights(validator, NETUID, [{ uid: 1, value: 65535 }], '0'),
        /CommitRevealEnabled/,
      );
    } finally {
      await chain.close();
      await devnet.stop();
    }
  });
});

describe('a chain that stands still', function () {
  this.timeout(30_000);
  let devnet: Devnet;
  let chain: Chain;
  beforeEach(async () => {
    devnet = await startDevnet({ port: 0, blockTimeSeconds: BLOCK_SECONDS, manual: true });
    chain = await connectChain({ endpoint: devnet.url, deadlineSeconds: 1 });
  });
  afterEach(async () => {
    await chain?.close();
    await devnet?.stop();
  });
  const transfer = () =>
    chain.transfer(developmentKey('//Alice'), developmentKey('//to').address, 1_000_000n);

  it('leaves it open whether a call that was sent will be in a block', async () => {
    await refused(
      'chain_outcome_unknown',
      transfer(),
      /Balances\.transfer_keep_alive was sent, but no answer/,
    );
    await devnet.advance();
    assert.equal(await chain.balanceOf(developmentKey('//to').address), 1_000_000n);
  });

  it('says so at once when the connection breaks after sending', async () => {
    const sent = transfer();
    setTimeout(() => devnet.dropConnections(), 700);
    const started = Date.now();
    await refused('chain_outcome_unknown', sent, /may or may not be in a block/);
    assert.ok(Date.now() - started < 1400, 'the deadline of 1.5 s was not waited for');
  });

  it('no longer knows a commit block once the node has discarded that state', async () => {
    const validator = developmentKey(GENESIS_NEURONS.validator.hotkeyPath);
    const sent = chain.setCommitment(validator, NETUID, {
      ciphertext: new Uint8Array(300),
      revealRound: 10 ** 9,
    });
    setTimeout(() => void devnet.advance(), 600);
    const { block } = await sent;
    await devnet.advance();
    assert.equal(await chain.commitBlockOf(NETUID, validator.address, block + 1), block);
    await devnet.advance(300);
    assert.equal(await chain.commitBlockOf(NETUID, validator.address, block + 1), null);
  });
});

describe('connectChain', function () {
  this.timeout(30_000);

  it('gives up within its deadline where nobody listens, with the reason', async () => {
    const started = Date.now();
    await refused(
      'chain_unreachable',
      connectChain({ endpoint: 'ws://127.0.0.1:1', deadlineSeconds: 1 }),
      /127\.0\.0\.1:1.*ECONNREFUSED/,
    );
    assert.ok(Date.now() - started < 5000);
  });

  it('says that the chain is unreachable once it stopped for good', async () => {
    const devnet = await startDevnet({ port: 0, blockTimeSeconds: BLOCK_SECONDS });
    const chain = await connectChain({ endpoint: devnet.url, deadlineSeconds: 1.5 });
    try {
      await devnet.stop();
      await refused('chain_unreachable', chain.head(), /No connection/);
    } finally {
      await chain.close();
    }
  });
});
