import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { mock } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { crusadesError } from '../../../lib/errors/index.js';
import { startDevnet } from '../../../lib/devnet/index.js';
import { dueRounds } from '../../../lib/devnet/node/beacon.js';
import { Journal } from '../../../lib/devnet/node/journal.js';
import { MinAllowedWeights } from '../../../lib/devnet/pallets/subtensor/storage.js';
import { QUICKNET, verifyRound } from '../../../lib/timelock/index.js';
import {
  ALICE,
  clientOf,
  connect,
  constant,
  now,
  query,
  revealedBy,
  runtimeApi,
  sealedCommitment,
  submit,
  tx,
  VALIDATOR,
  verdictOf,
  type Connected,
} from './connected.js';

describe('a devnet’s node', () => {
  let chain: Connected;
  before(async () => {
    chain = await connect({ blockTimeSeconds: 0.25, finalityLag: 2 });
    await chain.devnet.advance(5);
  });
  after(() => chain.close());

  const send = (method: string, ...params: unknown[]) => chain.send(method, ...params);

  it('tells polkadot-js who it is', async () => {
    const { api } = chain;
    assert.equal(api.runtimeVersion.specName.toString(), 'node-subtensor');
    assert.equal(constant(api, 'aura', 'slotDuration').toString(), '250');
    assert.equal(constant(api, 'timestamp', 'minimumPeriod').toString(), '125');
    assert.equal(constant(api, 'balances', 'existentialDeposit').toString(), '500');
    const announced = constant(api, 'system', 'version').toJSON() as Record<string, unknown>;
    assert.equal(announced['specVersion'], api.runtimeVersion.specVersion.toNumber());
    assert.deepEqual(announced['apis'], api.runtimeVersion.apis.toJSON());
    assert.equal(api.registry.chainSS58, 42);
  });

  it('describes the same runtime in metadata 14 and 15', async () => {
    assert.equal(
      (await runtimeApi(chain.api, 'metadata', 'metadataVersions')).toHex(),
      '0x080e0000000f000000',
    );
    const v14 = String(await send('state_getMetadata'));
    assert.equal(v14.slice(0, 12), '0x6d6574610e');
    assert.equal(await send('state_call', 'Metadata_metadata_at_version', '10000000', null), '0x00');
  });

  it('answers a chain’s questions about blocks', async () => {
    const head = chain.devnet.head();
    assert.equal(head.number, 5);
    assert.equal(await send('chain_getBlockHash', 0), chain.devnet.genesisHash);
    assert.equal(await send('chain_getBlockHash', 6), null);
    assert.equal(await send('chain_getHead'), head.hash);
    assert.equal(await send('chain_getFinalizedHead'), await send('chain_getBlockHash', 3));
    const header = await chain.api.rpc.chain.getHeader(head.hash);
    assert.equal(header.hash.toHex(), head.hash, 'the hash is that of the header');
    assert.equal(header.parentHash.toHex(), await send('chain_getBlockHash', 4));
    const { block } = await chain.api.rpc.chain.getBlock(head.hash);
    assert.equal(block.extrinsics[0]?.method.method, 'set');
  });

  it('answers first, and then tells what a subscription of the same message brings, also when the answer waits', async () => {
    const socket = new WebSocket(chain.devnet.url);
    await once(socket, 'open');
    const frames: { readonly id?: number; readonly params?: unknown }[][] = [];
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as (typeof frames)[number];
      frames.push(Array.isArray(frame) ? frame : [frame]);
    });
    const call = (id: number, method: string) => ({ jsonrpc: '2.0', id, method, params: [] });
    socket.send(JSON.stringify([call(1, 'chain_subscribeNewHeads'), call(2, 'devnet_advance')]));
    while (frames.length < 3) await once(socket, 'message');
    socket.terminate();
    const [answer, ...notifications] = frames;
    assert.deepEqual(
      answer?.map(({ id }) => id),
      [1, 2],
    );
    assert.equal(notifications.filter(([each]) => each?.params !== undefined).length, 2);
  });

  it('answers the names that the official SDK uses', async () => {
    assert.equal(await send('account_nextIndex', VALIDATOR.address), 0);
    const key = chain.api.query['timestamp']?.['now']?.key();
    assert.equal(await send('state_getStorageAt', key, null), await send('state_getStorage', key));
    assert.equal(
      typeof ((await send('state_getRuntimeVersion', null)) as { transactionVersion: number })
        .transactionVersion,
      'number',
    );
  });

  it('says what it does not know, and does not fall over', async () => {
    const unknown = `0x${'ab'.repeat(32)}`;
    await assert.rejects(send('state_teleport'), /-32601: Method not found/);
    await assert.rejects(send('toString'), /-32601/);
    await assert.rejects(send('state_getStorage', 'zz'), /-32602/);
    await assert.rejects(send('state_getStorage'), /-32602/);
    await assert.rejects(send('state_getStorage', '0x00', unknown), /UnknownBlock/);
    await assert.rejects(
      send('state_call', 'Nothing_here', '0x'),
      /Exported method Nothing_here is not found/,
    );
    await assert.rejects(send('state_call', 'SubnetInfoRuntimeApi_get_metagraph', '0x03'), /Bad input data/);
    assert.equal(await send('chain_getHeader', unknown), null);
  });

  it('survives any parameters to any of its methods', async () => {
    const { methods } = (await send('rpc_methods')) as { methods: string[] };
    const askable = methods.filter((name) => !/subscribe|Watch/.test(name));
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.uint8Array({ maxLength: 80 }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`),
    );
    const request = fc.tuple(fc.constantFrom(...askable), fc.array(anything, { maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(request, async ([method, params]) => {
        const error: unknown = await send(method, ...params).then(
          () => '',
          (reason: unknown) => String(reason),
        );
        assert.doesNotMatch(String(error), /-32603/);
      }),
      { numRuns: 300 },
    );
  });

  it('answers JSON-RPC over HTTP, batches and nonsense too', async () => {
    const post = async (body: string): Promise<unknown> => {
      const url = chain.devnet.url.replace('ws:', 'http:');
      return (await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(5000) })).json();
    };
    const call = { jsonrpc: '2.0', id: 7, method: 'system_chain', params: [] };
    assert.deepEqual(await post(JSON.stringify([call])), [
      { jsonrpc: '2.0', id: 7, result: 'Crusades devnet' },
    ]);
    assert.ok(JSON.stringify(await post('{')).includes('-32700'));
    assert.ok(JSON.stringify(await post('[]')).includes('-32600'));
    assert.ok(JSON.stringify(await post('3')).includes('-32600'));
  });

  it('pages through keys', async () => {
    const prefix = chain.api.query['system']?.['account']?.keyPrefix();
    const first = (await send('state_getKeysPaged', prefix, 4, prefix, null)) as string[];
    const second = (await send('state_getKeysPaged', prefix, 100, first.at(-1), null)) as string[];
    assert.equal(first.length + second.length, 9);
    assert.equal(new Set([...first, ...second]).size, 9);
    assert.equal((await query(chain.api, 'system', 'account', VALIDATOR.address)).isEmpty, false);
  });

  it('serves two clients, each with every head', async () => {
    const other = await clientOf(chain.devnet.url);
    const seen = { first: [] as number[], second: [] as number[] };
    const stopFirst = await chain.api.rpc.chain.subscribeNewHeads(
      (head) => void seen.first.push(head.number.toNumber()),
    );
    const stopSecond = await other.rpc.chain.subscribeNewHeads(
      (head) => void seen.second.push(head.number.toNumber()),
    );
    const start = chain.devnet.head().number;
    await chain.devnet.advance(3);
    const all = (): boolean => seen.first.length + seen.second.length === 8;
    for (let i = 0; i < 100 && !all(); i++) await setTimeout(20);
    stopFirst();
    stopSecond();
    await other.disconnect();
    const expected = [start, start + 1, start + 2, start + 3];
    assert.deepEqual(seen, { first: expected, second: expected });
  });

  it('publishes pulses that its announced key verifies, and keeps the two quicknet ones', async () => {
    await chain.devnet.advance();
    const last = Number(await query(chain.api, 'drand', 'lastStoredRound'));
    const pulse = (await query(chain.api, 'drand', 'pulses', last)).toJSON() as { signature: string };
    const signature = Buffer.from(pulse.signature.slice(2), 'hex');
    assert.ok(verifyRound(Buffer.from(chain.devnet.beaconPublicKey, 'hex'), last, signature));
    const config = (await query(chain.api, 'drand', 'beaconConfig')).toJSON() as { publicKey: string };
    assert.equal(config.publicKey, `0x${chain.devnet.beaconPublicKey}`);
    const old = (await query(chain.api, 'drand', 'pulses', 1000)).toJSON() as { signature: string };
    assert.equal(old.signature, `0x${QUICKNET.knownSignatures[1000]}`);
  });

  it('changes state at the start of a block where a test asks for it', async () => {
    chain.devnet.inject(({ state }) => MinAllowedWeights.put(state, 3, 42));
    assert.equal(String(await query(chain.api, 'subtensorModule', 'minAllowedWeights', 3)), '1');
    await chain.devnet.advance();
    assert.equal(String(await query(chain.api, 'subtensorModule', 'minAllowedWeights', 3)), '42');
  });

  it('has discarded the state of a block 300 blocks ago, but not its body', async () => {
    const old = await chain.api.rpc.chain.getBlockHash(2);
    await chain.devnet.advance(300);
    const at = await chain.api.rpc.chain.getBlock(old);
    assert.equal(at.block.header.number.toNumber(), 2);
    await assert.rejects(
      send('state_getStorage', chain.api.query['timestamp']?.['now']?.key(), old.toHex()),
      /State already discarded for 0x/,
    );
  });
});

describe('a devnet’s file', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'crusades-devnet-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('goes on with the same chain after a restart, pending commitments included', async () => {
    const statePath = join(folder, 'a.json');
    const before = await connect({ statePath });
    await before.devnet.advance();
    const round = now() + 5;
    await submit(before, sealedCommitment(before, 'kept', round), VALIDATOR);
    await before.devnet.advance(3);
    const head = before.devnet.head();
    const { genesisHash, beaconPublicKey } = before.devnet;
    await before.close();

    const after = await connect({ statePath, genesis: { tempo: 7 } });
    assert.deepEqual(after.devnet.head(), head);
    assert.equal(after.devnet.genesisHash, genesisHash);
    assert.equal(after.devnet.beaconPublicKey, beaconPublicKey);
    after.devnet.skipTime(3600);
    await after.devnet.advance(2);
    assert.deepEqual(await revealedBy(after.api, VALIDATOR.address), ['0x106b657074']);
    const parent = await after.api.rpc.chain.getHeader(
      await after.api.rpc.chain.getBlockHash(head.number + 1),
    );
    assert.equal(parent.parentHash.toHex(), head.hash);
    await after.close();
  });

  it('cuts off a line that a kill left half-written', async () => {
    const statePath = join(folder, 'b.json');
    const first = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true, statePath });
    await first.advance(4);
    const head = first.head();
    await first.stop();
    appendFileSync(statePath, '{"number":5,"par');
    const second = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true, statePath });
    assert.deepEqual(second.head(), head);
    await second.advance();
    await second.stop();
    assert.equal(readFileSync(statePath, 'utf8').trimEnd().split('\n').length, 7);
  });

  it('does not go on with a chain that has holes, or no block at all', async () => {
    const statePath = join(folder, 'holes.json');
    const options = { port: 0, blockTimeSeconds: 1, manual: true, statePath } as const;
    const first = await startDevnet(options);
    await first.advance(4);
    await first.stop();
    const lines = readFileSync(statePath, 'utf8').trimEnd().split('\n');
    for (const [kept, reason] of [
      [lines.slice(0, 1), /holds no block/],
      [lines.filter((_, line) => line !== 3), /block 3 does not follow block 1/],
      [lines.filter((_, line) => line !== 1), /block 1 does not follow block none/],
    ] as const) {
      writeFileSync(statePath, `${kept.join('\n')}\n`);
      await assert.rejects(startDevnet(options), { code: 'file_unreadable', message: reason });
    }
  });

  it('does not take a state for kept that went before a snapshot was restored', async () => {
    const statePath = join(folder, 'restored.json');
    const first = await connect({ statePath });
    await first.devnet.advance(300);
    first.devnet.restore(44);
    await first.devnet.advance();
    assert.throws(() => first.devnet.restore(10), RangeError);
    await first.close();

    const second = await connect({ statePath });
    const key = second.api.query['system']?.['number']?.key();
    const at = async (block: number) =>
      second.send('state_getStorage', key, await second.send('chain_getBlockHash', block));
    assert.equal(await at(44), '0x2c000000');
    await assert.rejects(at(43), /State already discarded/);
    await second.close();
  });

  it('keeps no more than the last 256 states, which a restart brings back', async () => {
    const statePath = join(folder, 'd.json');
    const options = { port: 0, blockTimeSeconds: 1, manual: true, statePath } as const;
    const first = await startDevnet(options);
    await first.advance(300);
    const grown = statSync(statePath).size;
    await first.stop();
    assert.ok(statSync(statePath).size < grown);

    const second = await connect({ statePath });
    const key = second.api.query['system']?.['number']?.key();
    const at = async (block: number) =>
      second.send('state_getStorage', key, await second.send('chain_getBlockHash', block));
    assert.equal(await at(44), '0x2c000000');
    assert.equal(await at(299), '0x2b010000');
    await assert.rejects(at(43), /State already discarded/);
    const alice = (await query(second.api, 'system', 'account', ALICE.address)).toJSON() as {
      data: { free: number };
    };
    assert.equal(alice.data.free, 10 ** 15);
    await second.close();
  });

  it('stands still while a block cannot be written, and loses nothing by it', async () => {
    const statePath = join(folder, 'e.json');
    const chain = await connect({ statePath });
    await chain.devnet.advance(2);
    const call = tx(chain.api, 'commitments', 'setCommitment', 3, { fields: [{ Raw1: 'a' }] });
    const hash = (await chain.api.rpc.author.submitExtrinsic(await call.signAsync(VALIDATOR))).toHex();
    const full = mock.method(Journal.prototype, 'append', () => {
      throw crusadesError('devnet_state_unwritable', { path: statePath, reason: 'ENOSPC' });
    });
    await assert.rejects(chain.devnet.advance(), { code: 'devnet_state_unwritable' });
    assert.equal(chain.devnet.head().number, 2);
    full.mock.restore();

    chain.devnet.skipTime(3);
    await chain.devnet.advance();
    assert.equal((await verdictOf(chain.api, hash)).outcome, 'ok');
    const head = chain.devnet.head();
    await chain.close();
    const again = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true, statePath });
    assert.deepEqual(again.head(), head);
    await again.stop();
  });

  it('is refused by name when it holds something else', async () => {
    const statePath = join(folder, 'c.json');
    writeFileSync(statePath, '{"hello": 1}\n');
    await assert.rejects(startDevnet({ port: 0, blockTimeSeconds: 1, statePath }), {
      code: 'file_unreadable',
      message: /c\.json cannot be read: it is no devnet state/,
    });
  });
});

describe('starting a devnet', () => {
  it('says that the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await assert.rejects(startDevnet({ port, blockTimeSeconds: 1 }), { code: 'port_taken' });
    other.close();
  });

  it('makes blocks by itself, at the block time', async () => {
    const devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25 });
    await setTimeout(1400);
    const { number } = devnet.head();
    await devnet.stop();
    assert.ok(number >= 4 && number <= 6, `${number} blocks in 1.4 s`);
  });

  it('makes the same beacon from the same seed', async () => {
    const keys = [];
    for (const seed of ['a', 'a', 'b']) {
      const devnet = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true, seed });
      keys.push(devnet.beaconPublicKey);
      await devnet.stop();
    }
    assert.equal(keys[0], keys[1]);
    assert.notEqual(keys[0], keys[2]);
  });
});

describe('the beacon', () => {
  const waiting = (round: number) => ({ round: BigInt(round), encrypted: new Uint8Array() });

  it('signs every round of a short gap', () => {
    assert.deepEqual(dueRounds(100, 103, []), [101, 102, 103]);
  });

  it('signs of a long one what is waited for, and the last twenty', () => {
    const rounds = dueRounds(100, 5000, [waiting(1000), waiting(90), waiting(6000), waiting(4990)]);
    assert.deepEqual(rounds, [1000, ...Array.from({ length: 20 }, (_, i) => 4981 + i)]);
  });

  it('begins with the round of a chain’s first moment', () => {
    assert.deepEqual(dueRounds(0, 5000, [waiting(3)]), [5000]);
  });
});
