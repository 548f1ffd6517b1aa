import assert from 'node:assert/strict';
import { connectChain, type Chain } from '../../../lib/chain/index.js';
import { TOUCHED } from '../../../lib/contract/index.js';
import {
  CRUSADES_NETUID,
  developmentKey,
  GENESIS_NEURONS,
  startDevnet,
  type Devnet,
} from '../../../lib/devnet/index.js';
import { CrusadesError } from '../../../lib/errors/index.js';
import { recordingProxy, type RecordingProxy } from './recording-proxy.js';

const NETUID = CRUSADES_NETUID;

/** Every read and call of the client once. What the chain refuses was asked for all the same. */
const everything = (chain: Chain, devnet: Devnet): Record<string, () => Promise<unknown>> => {
  const validator = developmentKey(GENESIS_NEURONS.validator.hotkeyPath);
  const alice = developmentKey('//Alice');
  const { address } = validator;
  const ciphertext = new Uint8Array(300);
  const wanted = { call: 'transfer_keep_alive', signer: alice.address } as never;
  const at = { number: devnet.head().number, hash: devnet.head().hash };
  return {
    head: () => chain.head(),
    finalizedHead: () => chain.finalizedHead(),
    blockTimeSeconds: () => chain.blockTimeSeconds(),
    beacon: () => chain.beacon(),
    specVersion: () => chain.specVersion(),
    commitments: () => chain.commitments(NETUID),
    commitmentsOf: () => chain.commitmentsOf(NETUID, address),
    sealedBytes: () => chain.sealedBytes(NETUID, address, 1),
    commitBlockOf: () => chain.commitBlockOf(NETUID, address, 2),
    uidOf: () => chain.uidOf(NETUID, address),
    hotkeysOf: () => chain.hotkeysOf(NETUID, [0, 1]),
    neurons: () => chain.neurons(NETUID),
    weightRules: () => chain.weightRules(NETUID, address),
    weightsOf: () => chain.weightsOf(NETUID, 2),
    lastUpdateOf: () => chain.lastUpdateOf(NETUID, 2),
    pendingWeightCommits: () => chain.pendingWeightCommits(NETUID, address),
    pulse: () => chain.pulse(1000),
    balanceOf: () => chain.balanceOf(address),
    transactionAt: () => chain.transactionAt(1, 0),
    findTransaction: () => chain.findTransaction(wanted, 1, 1),
    ownerOf: () => chain.ownerOf(address, at),
    alphaFor: () => chain.alphaFor(NETUID, 50_000_000n, at),
    stakeOf: () => chain.stakeOf(NETUID, address, alice.address),
    setCommitment: () => chain.setCommitment(validator, NETUID, { ciphertext, revealRound: 1e9 }),
    setWeights: () => chain.setWeights(validator, NETUID, [{ uid: 1, value: 1 }], '0'),
    commitTimelockedWeights: () => chain.commitTimelockedWeights(validator, NETUID, ciphertext, 1e9, 4),
    burnedRegister: () => chain.burnedRegister(alice, NETUID, developmentKey('//new').address),
    transfer: () => chain.transfer(alice, address, 1_000_000_000n),
    addStake: () => chain.addStake(alice, NETUID, address, 50_000_000n),
    transferStake: () =>
      chain.transferStake(alice, NETUID, { to: address, hotkey: address, alpha: 10_000_000n }),
    close: () => Promise.resolve(),
  };
};

describe('the chain client and the contract', function () {
  this.timeout(60_000);
  let devnet: Devnet;
  let proxy: RecordingProxy;
  let chain: Chain;
  before(async () => {
    devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25 });
    proxy = await recordingProxy(devnet.url);
    chain = await connectChain({ endpoint: proxy.url, deadlineSeconds: 20 });
    await devnet.advance(2);
  });
  after(async () => {
    await chain.close();
    proxy.close();
    await devnet.stop();
  });

  it('asks for nothing that the contract does not hold', async () => {
    const named = new Set([
      ...Object.entries(TOUCHED.pallets).flatMap(([pallet, { storage = [], calls = [] }]) => [
        ...storage.map((item) => `storage ${pallet}.${item}`),
        ...calls.map((call) => `call ${pallet}.${call}`),
      ]),
      ...Object.entries(TOUCHED.apis).flatMap(([api, methods]) =>
        methods.map((each) => `api ${api}.${each}`),
      ),
    ]);
    for (const [name, use] of Object.entries(everything(chain, devnet))) {
      await use().catch((error: unknown) => {
        assert.ok(error instanceof CrusadesError, `${name}: ${String(error)}`);
      });
    }
    assert.ok(proxy.asked.size > 30, [...proxy.asked].join(', '));
    assert.deepEqual(
      [...proxy.asked].filter((name) => !named.has(name)),
      [],
    );
  });

  it('is exercised here in all that it can do', () => {
    const functions = Object.entries(chain)
      .filter(([, member]) => typeof member === 'function')
      .map(([name]) => name);
    assert.deepEqual(functions.sort(), Object.keys(everything(chain, devnet)).sort());
  });
});
