import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WsProvider } from '@polkadot/api';
import { startDevnet, type DevnetOptions } from '../../../lib/devnet/index.js';
import { ALICE, clientOf, connect, query, submit, tx, type Connected } from './connected.js';

const BOB = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';

const onDevnet =
  (options: Partial<DevnetOptions>, work: (chain: Connected) => Promise<void>) => async (): Promise<void> => {
    const chain = await connect(options);
    try {
      await work(chain);
    } finally {
      await chain.close();
    }
  };

const transfer = ({ api }: Connected) => tx(api, 'balances', 'transferKeepAlive', BOB, 1_000_000_000n);
/** The statuses that the node tells of one transaction, by name. */
const watch = async ({ devnet }: Connected, signed: { toHex(): string }) => {
  const provider = new WsProvider(devnet.url);
  await provider.isReady;
  const told: string[] = [];
  const method = 'author_submitAndWatchExtrinsic';
  await provider.subscribe(
    'author_extrinsicUpdate',
    method,
    [signed.toHex()],
    (_error, status: string | object) => {
      told.push(typeof status === 'string' ? status : (Object.keys(status)[0] ?? ''));
    },
  );
  /** Everything told before is there once the node has answered a later question. */
  const stop = async () => {
    await provider.send('system_chain', []);
    await provider.disconnect();
  };
  return { told, stop };
};

const finalized = async ({ send }: Connected): Promise<number> => {
  const header = (await send('chain_getHeader', await send('chain_getFinalizedHead'))) as { number: string };
  return Number(header.number);
};

describe('a devnet that reorganises', () => {
  it(
    'gives its newest blocks up for another branch, one block longer',
    onDevnet({ finalityLag: 5 }, async ({ devnet, send }) => {
      await devnet.advance(6);
      const old = [5, 6].map((number) => send('chain_getBlockHash', number));
      const [before5, before6] = await Promise.all(old);
      await devnet.reorganise(2);
      assert.equal(devnet.head().number, 7);
      assert.notEqual(await send('chain_getBlockHash', 5), before5);
      assert.notEqual(await send('chain_getBlockHash', 6), before6);
      const header = (await send('chain_getHeader', before6)) as { number: string };
      assert.equal(Number(header.number), 6, 'the old block is still known by its hash');
      await assert.rejects(send('state_getStorage', '0x00', before6), /State already discarded/);
    }),
  );

  it(
    'puts what the old blocks held into the new ones, and tells whoever watches',
    onDevnet({ finalityLag: 5 }, async (chain) => {
      const { api, devnet } = chain;
      const { told, stop } = await watch(chain, await transfer(chain).signAsync(ALICE));
      await devnet.advance();
      const balance = async () => (await query(api, 'system', 'account', BOB)).toJSON() as { data: unknown };
      const after = await balance();
      await devnet.reorganise(1);
      await devnet.advance(6);
      await stop();
      assert.deepEqual(told, ['ready', 'inBlock', 'retracted', 'inBlock', 'finalized']);
      assert.deepEqual(await balance(), after, 'moved once');
    }),
  );

  it(
    'keeps what is final',
    onDevnet({ finalityLag: 1 }, async ({ devnet }) => {
      await devnet.advance(4);
      await assert.rejects(devnet.reorganise(2), /block 3 is final/);
      assert.equal(devnet.head().number, 4);
    }),
  );

  it('keeps its file true', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'devnet-'));
    const statePath = join(folder, 'state');
    try {
      const first = await startDevnet({
        ...{ port: 0, blockTimeSeconds: 1, manual: true },
        statePath,
        finalityLag: 9,
      });
      await first.advance(4);
      await first.reorganise(2);
      const { hash } = first.head();
      await first.stop();
      const again = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true, statePath });
      assert.equal(again.head().hash, hash);
      await again.stop();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a devnet whose finality stalls', () => {
  it(
    'makes blocks all the same, and makes up for it later',
    onDevnet({}, async (chain) => {
      const { devnet } = chain;
      await devnet.advance(3);
      devnet.stallFinality();
      await devnet.advance(5);
      assert.equal(await finalized(chain), 2);
      devnet.stallFinality(false);
      await devnet.advance();
      assert.equal(await finalized(chain), 8);
    }),
  );
});

describe('a devnet whose runtime is upgraded', () => {
  it(
    'tells its clients, signs with the new version, and refuses what was signed for the old one',
    onDevnet({}, async (chain) => {
      const { api, devnet, send } = chain;
      await devnet.advance(2);
      const waiting = await transfer(chain).signAsync(ALICE);
      const upgraded = new Promise((resolve) => {
        api.rpc.state
          .subscribeRuntimeVersion(({ specVersion }) => {
            if (specVersion.eqn(476)) resolve(null);
          })
          .catch(() => undefined);
      });
      devnet.upgradeRuntime(476);
      await devnet.advance();
      await upgraded;
      await assert.rejects(api.rpc.author.submitExtrinsic(waiting), /bad signature/);
      assert.ok((await query(api, 'system', 'events')).toHuman(), 'events still decode');
      const [before, after] = await Promise.all([1, 3].map((block) => send('chain_getBlockHash', block)));
      const versionAt = async (hash: unknown) =>
        ((await send('state_getRuntimeVersion', hash)) as { specVersion: number }).specVersion;
      assert.deepEqual([await versionAt(before), await versionAt(after)], [475, 476]);

      const fresh = await clientOf(devnet.url);
      assert.equal(fresh.runtimeVersion.specVersion.toNumber(), 476);
      assert.equal(
        (await submit({ ...chain, api: fresh }, transfer({ ...chain, api: fresh }), ALICE)).outcome,
        'ok',
      );
      await fresh.disconnect();
    }),
  );

  it(
    'drops from its pool what waits there signed for the old version',
    onDevnet({}, async (chain) => {
      const { told, stop } = await watch(chain, await transfer(chain).signAsync(ALICE));
      chain.devnet.upgradeRuntime(500);
      await chain.devnet.advance();
      await stop();
      assert.deepEqual(told, ['ready', 'invalid']);
    }),
  );

  it(
    'took more stake than there is in older versions, as much as there was',
    onDevnet({}, async (chain) => {
      const { api, devnet } = chain;
      const hotkey = '5FRjui8zwLQSFMm6domc8q6cpCYXAizAjXenQyzdhN9w5xqH';
      await submit(chain, tx(api, 'subtensorModule', 'addStake', hotkey, 3, 100_000_000n), ALICE);
      const tooMuch = (client: Connected) =>
        tx(client.api, 'subtensorModule', 'transferStake', BOB, hotkey, 3, 3, 10n ** 15n);
      assert.equal(
        (await submit(chain, tooMuch(chain), ALICE)).outcome,
        'subtensorModule.NotEnoughStakeToWithdraw',
      );
      devnet.upgradeRuntime(425);
      await devnet.advance();
      const older = { ...chain, api: await clientOf(devnet.url) };
      assert.equal((await submit(older, tooMuch(older), ALICE)).outcome, 'ok');
      await older.api.disconnect();
    }),
  );
});

describe('a devnet behind a bad line', () => {
  it(
    'answers later by what was asked for',
    onDevnet({}, async ({ devnet, send }) => {
      devnet.delay(300);
      const began = Date.now();
      await send('system_chain');
      assert.ok(Date.now() - began >= 295);
      devnet.delay(0);
    }),
  );

  it('takes no connections while it is away, and takes them again', async () => {
    const devnet = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true });
    devnet.setReachable(false);
    const provider = new WsProvider(devnet.url, 100);
    try {
      provider.on('error', () => undefined);
      await new Promise((resume) => setTimeout(resume, 400));
      assert.equal(provider.isConnected, false);
      devnet.setReachable(true);
      await provider.isReady;
      assert.equal(await provider.send('system_chain', []), 'Crusades devnet');
    } finally {
      await provider.disconnect();
      await devnet.stop();
    }
  });
});

describe('snapshots of a devnet', () => {
  it('bring back blocks, state and finality', async () => {
    const devnet = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true });
    const api = await clientOf(devnet.url);
    const chain: Connected = {
      devnet,
      api,
      send: () => Promise.reject(new Error()),
      close: () => Promise.resolve(),
    };
    await devnet.advance(3);
    const snapshot = devnet.snapshot();
    const { hash } = devnet.head();
    const before = (await query(api, 'system', 'account', BOB)).toHex();
    await submit(chain, transfer(chain), ALICE);
    await devnet.advance(3);
    assert.notEqual((await query(api, 'system', 'account', BOB)).toHex(), before);
    await api.disconnect();

    devnet.restore(snapshot);
    assert.equal(devnet.head().hash, hash);
    const again = await clientOf(devnet.url);
    assert.equal((await query(again, 'system', 'account', BOB)).toHex(), before);
    const verdict = await submit({ ...chain, api: again }, transfer({ ...chain, api: again }), ALICE);
    assert.equal(verdict.outcome, 'ok', 'what was done after the snapshot may be done again');
    assert.throws(() => devnet.restore(99), RangeError);
    await again.disconnect();
    await devnet.stop();
  });

  it('can be files that another devnet goes on with', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'devnet-'));
    const path = join(folder, 'saved');
    const options = { port: 0, blockTimeSeconds: 1, manual: true };
    const first = await startDevnet(options);
    await first.advance(5);
    first.saveTo(path);
    const second = await startDevnet({ ...options, statePath: path });
    assert.deepEqual(second.head(), first.head());
    await second.advance();
    await Promise.all([first.stop(), second.stop()]);
    rmSync(folder, { recursive: true });
  });
});

describe('a devnet with a clock of its own', () => {
  const history = async (): Promise<string> => {
    const devnet = await startDevnet({
      ...{ port: 0, blockTimeSeconds: 12, manual: true, seed: 'the same' },
      startTimeMs: Date.parse('2026-01-01T00:00:00Z'),
    });
    await devnet.advance(4);
    devnet.skipTime(60);
    await devnet.advance(2);
    await devnet.stop();
    return `${devnet.genesisHash} ${devnet.head().hash}`;
  };

  it('has the same history again, hash for hash', async () => {
    assert.equal(await history(), await history());
  });
});

describe('control over JSON-RPC', () => {
  it(
    'makes blocks, stalls, reorganises, upgrades and goes back',
    onDevnet({ finalityLag: 3 }, async ({ devnet, send }) => {
      await send('devnet_advance', 4);
      assert.equal(devnet.head().number, 4);
      const snapshot = await send('devnet_snapshot');
      await send('devnet_stallFinality', true);
      await send('devnet_reorganise', 2);
      assert.equal(devnet.head().number, 5);
      await send('devnet_upgradeRuntime', 480);
      await send('devnet_advance');
      const version = (await send('state_getRuntimeVersion')) as { specVersion: number };
      assert.equal(version.specVersion, 480);
      await assert.rejects(send('devnet_reorganise', 50), /Invalid params/);
      await assert.rejects(send('devnet_restore', 4000), /Invalid params/);
      assert.equal(snapshot, 4);
    }),
  );

  it(
    'is not among the methods that the node lists',
    onDevnet({}, async ({ send }) => {
      const { methods } = (await send('rpc_methods')) as { methods: string[] };
      assert.ok(!methods.some((name) => name.startsWith('devnet_')));
      await assert.rejects(send('devnet_nothing'), /Method not found/);
    }),
  );
});
