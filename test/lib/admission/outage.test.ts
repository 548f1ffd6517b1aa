import assert from 'node:assert/strict';

import type { KeyringPair } from '@polkadot/keyring/types';

import { awaitReveal, freshCommitments, type FreshCommitment } from '../../../lib/admission/index.js';
import { connectChain, type Chain } from '../../../lib/chain/index.js';
import { CRUSADES_NETUID, developmentKey, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { placeNeuron } from '../../../lib/devnet/pallets/subtensor/neurons.js';
import * as store from '../../../lib/devnet/pallets/subtensor/storage.js';
import { CrusadesError } from '../../../lib/errors/index.js';
import type { Ledger } from '../../../lib/store/index.js';
import { encodeCommitmentText, encryptToRound, latestRoundAt } from '../../../lib/timelock/index.js';
import { startRelay, type Relay } from '../chain/relay.js';

const NETUID = CRUSADES_NETUID;
const SUBNET = { network: 'devnet', netuid: NETUID };
const ALICE = developmentKey('//Alice');
/** A round of the beacon each: a block of 12 s brings four signatures, which is where the time would go. */
const BLOCK_SECONDS = 3;
const hexOf = (key: KeyringPair): string => Buffer.from(key.publicKey).toString('hex');

/** A ledger that remembers what it is told. */
const rememberingLedger = () => {
  const known = new Map<string, FreshCommitment>();
  const ledger = {
    remember: (fresh: readonly FreshCommitment[]) =>
      fresh.forEach((one) => known.set(`${one.key.hotkey}/${one.key.commitBlock}`, one)),
    knownCommitments: async (_subnet: unknown, keys: readonly { hotkey: string; commitBlock: number }[]) =>
      keys.filter(({ hotkey, commitBlock }) => known.has(`${hotkey}/${commitBlock}`)),
    knownReveals: async () => [],
  };
  return ledger as unknown as Ledger & Pick<typeof ledger, 'remember'>;
};

describe('commitments, as intake reads them from a chain', function () {
  this.timeout(60_000);
  let devnet: Devnet;
  let relay: Relay;
  /** Over the relay, which may be cut. */
  let chain: Chain;
  /** The miners' own connection. */
  let miners: Chain;
  let ledger: ReturnType<typeof rememberingLedger>;
  /** Seconds by which the devnet's clock is ahead of ours. */
  let ahead = 0;

  beforeEach(async () => {
    ahead = 0;
    devnet = await startDevnet({ port: 0, blockTimeSeconds: BLOCK_SECONDS, manual: true });
    relay = await startRelay(devnet.url);
    [chain, miners] = await Promise.all([
      connectChain({ endpoint: relay.url, deadlineSeconds: 5 }),
      connectChain({ endpoint: devnet.url }),
    ]);
    ledger = rememberingLedger();
  });
  afterEach(async () => {
    await Promise.all([chain?.close(), miners?.close()]);
    await relay?.close();
    await devnet?.stop();
  });

  /** As many blocks, one after the other. */
  const pass = async (blocks: number): Promise<void> => {
    for (let block = 0; block < blocks; block += 1) {
      devnet.skipTime(BLOCK_SECONDS);
      ahead += BLOCK_SECONDS;
      await devnet.advance();
    }
  };
  const register = async (name: string): Promise<KeyringPair> => {
    const key = developmentKey(`//${name}`);
    devnet.inject((context) => {
      const uid = store.SubnetworkN.get(context.state, NETUID);
      placeNeuron(context, NETUID, uid, hexOf(key), hexOf(ALICE));
    });
    await devnet.advance();
    return key;
  };
  /** Puts a commitment into the next block; it opens so many blocks later. */
  const commit = async (key: KeyringPair, text: string, blocks: number): Promise<number> => {
    const round = latestRoundAt(Date.now() / 1000 + ahead + blocks * BLOCK_SECONDS);
    const beacon = Buffer.from(devnet.beaconPublicKey, 'hex');
    const ciphertext = encryptToRound(encodeCommitmentText(text), round, beacon);
    const sent = miners.setCommitment(key, NETUID, { ciphertext, revealRound: round });
    const made = setInterval(() => void devnet.advance(), 150);
    try {
      return (await sent).block;
    } finally {
      clearInterval(made);
    }
  };
  const read = async () => {
    const { fresh } = await freshCommitments(chain, ledger, SUBNET);
    ledger.remember(fresh);
    return fresh.map(({ key, content }) => [key.hotkey, key.commitBlock, content.kind]);
  };
  /** As Temporal tries an activity again while the chain is away. */
  const readWhenBack = async (): Promise<Awaited<ReturnType<typeof read>>> => {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof CrusadesError) || error.code !== 'chain_unreachable') throw error;
      }
    }
  };
  const textOf = async (key: KeyringPair, commitBlock: number): Promise<string> => {
    const commitment = {
      ...{ submissionId: 's', revealAt: null, key: { ...SUBNET, hotkey: key.address, commitBlock } },
      content: { kind: 'sealed', revealRound: 1, digest: '' } as const,
    };
    const waiting = { sleep: async () => undefined, patienceSeconds: 0 };
    return (await awaitReveal(chain, commitment, waiting)).text;
  };

  it('are neither lost nor doubled by an outage of 300 blocks, an hour of the real chain', async () => {
    const [seen, opened, again, sealed] = [
      await register('seen'),
      await register('opened'),
      await register('again'),
      await register('sealed'),
    ];
    const seenBlock = await commit(seen, 'of seen', 80);
    await pass(2);
    assert.deepEqual(await read(), [[seen.address, seenBlock, 'sealed']]);

    await relay.pause();
    const meanwhile = readWhenBack();
    const openedBlock = await commit(opened, 'of opened', 10);
    await commit(again, 'first of again', 10);
    await pass(150);
    const againBlock = await commit(again, 'second of again', 10);
    await pass(120);
    const sealedBlock = await commit(sealed, 'of sealed', 100);
    await pass(30);
    await relay.resume();

    // Of a hotkey's reveals the newest counts, as for everybody who looks now.
    assert.deepEqual(await meanwhile, [
      [opened.address, openedBlock, 'revealed'],
      [again.address, againBlock, 'revealed'],
      [sealed.address, sealedBlock, 'sealed'],
    ]);
    assert.deepEqual(await read(), []);
    assert.equal(await textOf(seen, seenBlock), 'of seen');
    assert.equal(await textOf(opened, openedBlock), 'of opened');
    assert.equal(await textOf(again, againBlock), 'second of again');
  });

  it('are those of the end of the block, of several by one hotkey in one block', async () => {
    const key = await register('hasty');
    const beacon = Buffer.from(devnet.beaconPublicKey, 'hex');
    const round = latestRoundAt(Date.now() / 1000 + 20 * BLOCK_SECONDS);
    const seal = (text: string) => ({
      ciphertext: encryptToRound(encodeCommitmentText(text), round, beacon),
      revealRound: round,
    });
    // The same signer over two connections: neither waits for the other's block.
    const both = [miners.setCommitment(key, NETUID, seal('first'))];
    await new Promise((resume) => setTimeout(resume, 700));
    both.push(chain.setCommitment(key, NETUID, seal('second')));
    await new Promise((resume) => setTimeout(resume, 700));
    await devnet.advance(2);
    const blocks = (await Promise.all(both)).map(({ block }) => block);
    assert.equal(blocks[0], blocks[1]);
    assert.deepEqual(await read(), [[key.address, blocks[0], 'sealed']]);
    await pass(25);
    assert.deepEqual(await read(), []);
    assert.equal(await textOf(key, blocks[0] ?? 0), 'second');
  });

  it('stay those of a hotkey that is registered again under another uid', async () => {
    const key = await register('returns');
    const block = await commit(key, 'of returns', 20);
    await pass(1);
    assert.deepEqual(await read(), [[key.address, block, 'sealed']]);
    const uid = await chain.uidOf(NETUID, key.address);
    devnet.inject(({ state }) => {
      // As a runtime before 459 does it: the neuron goes, its commitment stays.
      store.Uids.remove(state, NETUID, hexOf(key));
      store.Keys.put(state, NETUID, uid ?? 0, hexOf(developmentKey('//successor')));
      store.Uids.put(state, NETUID, hexOf(developmentKey('//successor')), uid ?? 0);
    });
    await devnet.advance(2);
    assert.equal(await chain.uidOf(NETUID, key.address), null);
    await register('returns');
    assert.notEqual(await chain.uidOf(NETUID, key.address), uid);
    await pass(25);
    assert.deepEqual(await read(), []);
    assert.equal(await textOf(key, block), 'of returns');
  });

  it('do not move with a hotkey that is swapped: the new one has committed nothing', async () => {
    const key = await register('before');
    const block = await commit(key, 'of before', 20);
    await pass(1);
    const [swapped, uid] = [developmentKey('//after'), await chain.uidOf(NETUID, key.address)];
    devnet.inject(({ state }) => {
      store.Uids.remove(state, NETUID, hexOf(key));
      store.Uids.put(state, NETUID, hexOf(swapped), uid ?? 0);
      store.Keys.put(state, NETUID, uid ?? 0, hexOf(swapped));
    });
    await pass(30);
    assert.deepEqual(await read(), [[key.address, block, 'revealed']]);
    assert.equal(await chain.uidOf(NETUID, key.address), null);
    assert.equal(await chain.uidOf(NETUID, swapped.address), uid);
  });
});
