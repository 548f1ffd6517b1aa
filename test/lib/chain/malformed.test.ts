import assert from 'node:assert/strict';

import { WsProvider } from '@polkadot/api';

import { connectChain, type Chain } from '../../../lib/chain/index.js';
import { developmentKey, GENESIS_NEURONS, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { startRelay, type Answer, type Frame, type Relay } from './relay.js';

const NETUID = 3;
const HOTKEY = developmentKey(GENESIS_NEURONS.validator.hotkeyPath).address;

describe('a node whose answers cannot be read', function () {
  this.timeout(60_000);
  let devnet: Devnet;
  let relay: Relay;
  let chain: Chain | undefined;

  before(async () => {
    devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25 });
  });
  after(() => devnet?.stop());
  beforeEach(async () => {
    relay = await startRelay(devnet.url);
  });
  afterEach(async () => {
    await chain?.close();
    chain = undefined;
    await relay.close();
  });

  const connect = async (): Promise<Chain> => {
    const options = { endpoint: relay.url, deadlineSeconds: 4, healthSeconds: 600 };
    chain = await connectChain(options);
    return chain;
  };
  /** Every value that is asked for is this one. */
  const holding =
    (value: unknown) =>
    (method: string, [keys]: readonly unknown[]): Answer =>
      method === 'state_queryStorageAt'
        ? { result: [{ block: '0x', changes: (keys as string[]).map((key) => [key, value]) }] }
        : undefined;

  for (const [what, value] of [
    ['bytes that are too few', '0x01'],
    ['a number', 7],
    ['half a byte', '0x0'],
    ['no hex', '0xzz'],
  ] as const) {
    it(`is named with the item when values are ${what}`, async () => {
      const used = await connect();
      relay.answer = holding(value);
      await assert.rejects(used.weightRules(NETUID, HOTKEY), { code: 'chain_answer_malformed' });
    });
  }

  for (const [what, value] of [
    ['too short', '0x07'],
    ['too long', '0x070000'],
    ['empty', '0x'],
  ] as const) {
    it(`is named with the item when a number is ${what}`, async () => {
      const used = await connect();
      const uids = await uidsKey();
      relay.rewrite = (frame) =>
        JSON.parse(
          JSON.stringify(frame).replace(new RegExp(`("${uids}",)"0x\\w*"`), `$1"${value}"`),
        ) as Frame;
      await assert.rejects(used.uidOf(NETUID, HOTKEY), {
        code: 'chain_answer_malformed',
        message: /storage subtensorModule.uids/,
      });
    });
  }

  for (const answer of [null, {}, [], 'text', [{ changes: 'x' }], [{ changes: [['0x00']] }]]) {
    it(`is named when it answers a read with ${JSON.stringify(answer)}`, async () => {
      const used = await connect();
      relay.answer = (method) => (method === 'state_queryStorageAt' ? { result: answer } : undefined);
      await assert.rejects(used.uidOf(NETUID, HOTKEY), {
        code: 'chain_answer_malformed',
        message: /state_queryStorageAt/,
      });
    });
  }

  for (const answer of [null, {}, { number: 'x' }, { number: null }, { number: [] }, 'text']) {
    it(`is named when a header is ${JSON.stringify(answer)}`, async () => {
      const used = await connect();
      relay.answer = (method) => (method === 'chain_getHeader' ? { result: answer } : undefined);
      await assert.rejects(used.head(), { code: 'chain_answer_malformed', message: /chain_getHeader/ });
    });
  }

  for (const [what, keys] of [
    ['null', () => null],
    ['text', () => 'text'],
    ['numbers', () => [7]],
    ['keys of something else', () => ['0x01']],
    [
      'a full page of the same key, again and again',
      (prefix: string) => Array<string>(1000).fill(`${prefix}00`),
    ],
    ['keys in no order', (prefix: string) => [`${prefix}02`, `${prefix}01`]],
  ] as const) {
    it(`is named when it lists ${what} as the keys of a map`, async () => {
      const used = await connect();
      relay.answer = (method, [prefix]) =>
        method === 'state_getKeysPaged' ? { result: keys(String(prefix)) } : undefined;
      await assert.rejects(used.neurons(NETUID), {
        code: 'chain_answer_malformed',
        message: /state_getKeysPaged/,
      });
    });
  }

  for (const upgrade of ['0x', '0x03', '0x0b00000000000000000000', '0xfe']) {
    it(`is named when its runtime is of version ${upgrade}`, async () => {
      const used = await connect();
      relay.answer = holding(upgrade);
      await assert.rejects(used.uidOf(NETUID, HOTKEY), { code: 'chain_answer_malformed' });
    });
  }

  const uidsKey = async (): Promise<string> => {
    let asked: readonly string[] = [];
    relay.answer = (method, [keys]) => {
      if (method === 'state_queryStorageAt') asked = keys as string[];
      return undefined;
    };
    assert.equal(await chain?.uidOf(NETUID, HOTKEY), 2);
    relay.answer = () => undefined;
    return asked[0] ?? '';
  };

  const genuineMetadata = async (): Promise<string> => {
    const node = new WsProvider(devnet.url);
    await node.isReady;
    const metadata = await node.send<string>('state_call', ['Metadata_metadata_at_version', '0x0f000000']);
    await node.disconnect();
    return metadata;
  };

  for (const [what, damage] of [
    ['no metadata', () => '0x00'],
    ['other bytes', () => `0x0118${'ab'.repeat(6)}`],
    ['truncated metadata', (genuine: string) => genuine.slice(0, 20_000)],
  ] as const) {
    it(`is named, within the deadline, when it sends ${what} to begin with`, async () => {
      const metadata = damage(await genuineMetadata());
      relay.answer = (method, [name]) => {
        if (method === 'state_getMetadata') return { result: '0x6d657461' };
        return method === 'state_call' && name === 'Metadata_metadata_at_version'
          ? { result: metadata }
          : undefined;
      };
      const started = Date.now();
      await assert.rejects(connect(), { code: 'chain_answer_malformed', message: /metadata/ });
      assert.ok(Date.now() - started < 8000);
    });
  }
});
