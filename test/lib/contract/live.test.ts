import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { checkChainRuntime } from '../../../lib/doctor/chain-runtime.js';
import { driftOf, readLiveRuntime, referenceFacts, TOUCHED } from '../../../lib/contract/index.js';
import { devnetMetadata, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { loadSettings } from '../../../lib/settings/index.js';

interface Node {
  readonly url: string;
  close(): void;
}

/** A node that answers every call from a table; what is not in it is an unknown method. */
const nodeThatAnswers = async (answers: Readonly<Record<string, unknown>>): Promise<Node> => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) =>
    socket.on('message', (data: Buffer) => {
      const { id, method } = JSON.parse(data.toString()) as { id: number; method: string };
      const known = Object.hasOwn(answers, method);
      const error = { code: -32601, message: 'Method not found' };
      socket.send(
        JSON.stringify({ jsonrpc: '2.0', id, ...(known ? { result: answers[method] } : { error }) }),
      );
    }),
  );
  await new Promise((resolve) => server.once('listening', resolve));
  const close = () => {
    server.clients.forEach((client) => client.terminate());
    server.close();
  };
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
};

const withNode = async (answers: Readonly<Record<string, unknown>>, use: (url: string) => Promise<void>) => {
  const node = await nodeThatAnswers(answers);
  try {
    await use(node.url);
  } finally {
    node.close();
  }
};

const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;
const ORDINARY = {
  state_getRuntimeVersion: { specVersion: 461 },
  system_chain: 'A',
  chain_getBlockHash: '0x00',
};

describe('a live runtime', () => {
  let devnet: Devnet;
  before(async () => {
    devnet = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true });
  });
  after(() => devnet.stop());

  it('is read with its chain, its version and its metadata', async () => {
    const runtime = await readLiveRuntime(devnet.url);
    assert.equal(runtime.genesisHash, devnet.genesisHash);
    assert.equal(runtime.specVersion, 475);
    assert.equal(runtime.facts.specVersion, 475);
    assert.equal(runtime.facts.metadataVersion, 15);
    const differences = driftOf(referenceFacts(), runtime.facts, TOUCHED);
    assert.deepEqual(
      differences.filter(({ severity }) => severity !== 'harmless'),
      [],
    );
  });

  it('is read from metadata 14 where a node offers no other', () =>
    withNode({ ...ORDINARY, state_getMetadata: hexOf(devnetMetadata(14, 1000)) }, async (url) => {
      assert.equal((await readLiveRuntime(url)).facts.metadataVersion, 14);
    }));

  for (const [words, metadata] of [
    ['no metadata at all', '0x'],
    ['something else', '0x01040000'],
    ['metadata that is cut short', hexOf(devnetMetadata(14, 1000).subarray(0, 5000))],
    ['metadata of a version that nobody knows', '0x6d657461ff00'],
    ['a number', 7],
  ] as const) {
    it(`is refused by name when the node gives ${words}`, () =>
      withNode({ ...ORDINARY, state_getMetadata: metadata }, (url) =>
        assert.rejects(readLiveRuntime(url), { code: 'chain_metadata_unreadable' }),
      ));
  }

  it('cannot be read where nobody listens, nobody answers, or no node does', async () => {
    await assert.rejects(readLiveRuntime('ws://127.0.0.1:1'), { code: 'chain_unreachable' });
    await withNode({}, (url) => assert.rejects(readLiveRuntime(url), { code: 'chain_unreachable' }));
    const silent = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    await assert.rejects(readLiveRuntime(`ws://127.0.0.1:${port}`, 0.3), /no answer within 0.3 s/);
    silent.clients.forEach((client) => client.terminate());
    silent.close();
  });
});

describe('the doctor, asked about the chain', () => {
  const findingAt = (url: string) => checkChainRuntime(loadSettings({ env: { CRUSADES_ENDPOINT: url } }));

  it('is content with a devnet', async () => {
    const devnet = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true });
    const finding = await findingAt(devnet.url);
    await devnet.stop();
    assert.equal(finding.status, 'ok', finding.detail);
    assert.match(finding.detail, /spec 475 of Crusades devnet/);
  });

  it('names what a runtime lacks, and the command that tells all', async () => {
    // An item of the same length, so that nothing else in the metadata moves.
    const renamed = hexOf(devnetMetadata(14, 1000)).replaceAll(
      nameHex('WeightsSetRateLimit'),
      nameHex('WeightsPutRateLimit'),
    );
    await withNode({ ...ORDINARY, state_getMetadata: renamed }, async (url) => {
      const finding = await findingAt(url);
      assert.equal(finding.status, 'fail');
      assert.match(finding.detail, /SubtensorModule\.WeightsSetRateLimit \(absent\)/);
      assert.match(finding.remedy ?? '', /crusades chain diff ws:/);
    });
  });

  it('says so when the node does not answer', async () => {
    const finding = await findingAt('ws://127.0.0.1:1');
    assert.equal(finding.status, 'fail');
    assert.match(finding.detail, /127\.0\.0\.1:1/);
  });
});

const nameHex = (name: string): string => Buffer.from(name).toString('hex');
