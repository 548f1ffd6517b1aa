import assert from 'node:assert/strict';
import fc from 'fast-check';
import { developmentKey } from '../../../lib/devnet/index.js';
import {
  ALICE,
  connect,
  NETUID,
  query,
  submit,
  tx,
  VALIDATOR,
  verdictOf,
  type Connected,
} from './connected.js';

const DAVE = developmentKey('//Dave');
const TAO = 1_000_000_000n;

const freeOf = async (chain: Connected, address: string): Promise<bigint> => {
  const { data } = (await query(chain.api, 'system', 'account', address)) as unknown as {
    readonly data: { readonly free: { toBigInt(): bigint } };
  };
  return data.free.toBigInt();
};

describe('transactions on a devnet', () => {
  let chain: Connected;
  before(async () => {
    chain = await connect();
    await chain.devnet.advance();
  });
  after(() => chain.close());

  const transfer = (to: string, rao: bigint) => tx(chain.api, 'balances', 'transferKeepAlive', to, rao);

  it('moves a balance and takes the fee that it quoted', async () => {
    const nobody = developmentKey('//nobody1').address;
    const before = await freeOf(chain, ALICE.address);
    const call = transfer(nobody, TAO);
    const { partialFee } = await call.paymentInfo(ALICE);
    const { outcome, events } = await submit(chain, call, ALICE);
    assert.equal(outcome, 'ok');
    assert.ok(
      events.includes('balances.Transfer') && events.includes('transactionPayment.TransactionFeePaid'),
    );
    assert.equal(await freeOf(chain, nobody), TAO);
    assert.equal(before - (await freeOf(chain, ALICE.address)), TAO + partialFee.toBigInt());
  });

  it('fails to move more than there is, and to endow below the existential deposit', async () => {
    assert.equal(
      (await submit(chain, transfer(ALICE.address, 5000n * TAO), DAVE)).outcome,
      '{"token":"FundsUnavailable"}',
    );
    const nobody = developmentKey('//nobody2').address;
    assert.equal((await submit(chain, transfer(nobody, 499n), ALICE)).outcome, '{"token":"BelowMinimum"}');
    const all = await freeOf(chain, DAVE.address);
    assert.equal((await submit(chain, transfer(ALICE.address, all - 400_000n), DAVE)).outcome, 'ok');
  });

  it('refuses a used nonce as outdated', async () => {
    await submit(chain, transfer(DAVE.address, TAO), ALICE);
    await assert.rejects(
      submit(chain, transfer(DAVE.address, TAO), ALICE, { nonce: 0 }),
      /1010: Invalid Transaction: Transaction is outdated/,
    );
  });

  it('holds a nonce that is not due yet until the one before arrives', async () => {
    const nonce = (await chain.api.rpc.system.accountNextIndex(ALICE.address)).toNumber();
    const later = await transfer(DAVE.address, TAO).signAsync(ALICE, { nonce: nonce + 1 });
    await chain.api.rpc.author.submitExtrinsic(later);
    await chain.devnet.advance();
    const count = async (): Promise<number> =>
      (
        (await query(chain.api, 'system', 'account', ALICE.address)) as unknown as {
          nonce: { toNumber(): number };
        }
      ).nonce.toNumber();
    assert.equal(await count(), nonce);
    await submit(chain, transfer(DAVE.address, TAO), ALICE, { nonce });
    assert.equal(await count(), nonce + 2);
  });

  it('refuses a second transaction of the same nonce with 1014, and the same one again with 1013', async () => {
    const nonce = (await chain.api.rpc.system.accountNextIndex(ALICE.address)).toNumber();
    const first = await transfer(DAVE.address, 1n * TAO).signAsync(ALICE, { nonce });
    const second = await transfer(DAVE.address, 2n * TAO).signAsync(ALICE, { nonce });
    await chain.api.rpc.author.submitExtrinsic(first);
    await assert.rejects(chain.api.rpc.author.submitExtrinsic(second), /1014: Priority is too low/);
    await assert.rejects(chain.api.rpc.author.submitExtrinsic(first), /1013: /);
    await chain.devnet.advance();
    await assert.rejects(chain.api.rpc.author.submitExtrinsic(first), /1012: /);
  });

  it('refuses a signature over another chain, runtime or call', async () => {
    const wrong = /1010: Invalid Transaction: Transaction has a bad signature/;
    const call = () => transfer(DAVE.address, TAO);
    const other = await connect();
    const foreign = await tx(other.api, 'balances', 'transferKeepAlive', DAVE.address, TAO).signAsync(ALICE);
    await other.close();
    await assert.rejects(chain.send('author_submitExtrinsic', foreign.toHex()), wrong);

    const signed = (await call().signAsync(ALICE)).toU8a();
    signed[signed.length - 1] = (signed[signed.length - 1] ?? 0) ^ 4;
    await assert.rejects(
      chain.send('author_submitExtrinsic', `0x${Buffer.from(signed).toString('hex')}`),
      wrong,
    );
  });

  it('lets an era pass out of the pool', async () => {
    const nonce = (await chain.api.rpc.system.accountNextIndex(ALICE.address)).toNumber();
    const mortal = await transfer(DAVE.address, TAO).signAsync(ALICE, { nonce: nonce + 5, era: 8 });
    await chain.api.rpc.author.submitExtrinsic(mortal);
    assert.equal((await chain.api.rpc.author.pendingExtrinsics()).length, 1);
    await chain.devnet.advance(9);
    assert.equal((await chain.api.rpc.author.pendingExtrinsics()).length, 0);
  });

  it('takes a transaction up to the last block of its era, and not after', async () => {
    const { devnet, api } = chain;
    const mortal = async () => {
      const signed = await transfer(DAVE.address, TAO).signAsync(ALICE, { era: 8 });
      return { signed, last: signed.era.asMortalEra.death(devnet.head().number) - 1 };
    };
    const early = await mortal();
    await devnet.advance(early.last - 1 - devnet.head().number);
    await api.rpc.author.submitExtrinsic(early.signed);
    await devnet.advance();
    assert.equal(devnet.head().number, early.last);
    assert.equal((await verdictOf(api, early.signed.hash.toHex())).outcome, 'ok');

    const late = await mortal();
    await devnet.advance(late.last - devnet.head().number);
    await assert.rejects(
      api.rpc.author.submitExtrinsic(late.signed),
      /1010: Invalid Transaction: Transaction has an ancient birth block/,
    );
  });

  it('refuses whoever cannot pay, but takes free calls from an account that was never funded', async () => {
    const poor = developmentKey('//poor');
    await assert.rejects(
      submit(chain, transfer(ALICE.address, 1n), poor),
      /1010: Invalid Transaction: Inability to pay some fees/,
    );
    const registration = tx(chain.api, 'subtensorModule', 'burnedRegister', NETUID, poor.address);
    assert.equal((await submit(chain, registration, ALICE)).outcome, 'ok');
    const commitment = tx(chain.api, 'commitments', 'setCommitment', NETUID, { fields: [{ Raw1: 'a' }] });
    assert.equal((await submit(chain, commitment, poor)).outcome, 'ok');
  });

  it('runs batches, keeping what went well before a failure', async () => {
    const dust = transfer(developmentKey('//nobody3').address, 1n);
    const batch = tx(chain.api, 'utility', 'batch', [transfer(DAVE.address, TAO), dust]);
    const { outcome, events } = await submit(chain, batch, ALICE);
    assert.equal(outcome, 'ok');
    assert.ok(events.includes('utility.ItemCompleted') && events.includes('utility.BatchInterrupted'));
    const all = tx(chain.api, 'utility', 'batchAll', [transfer(DAVE.address, TAO), dust]);
    const before = await freeOf(chain, DAVE.address);
    assert.equal((await submit(chain, all, ALICE)).outcome, '{"token":"BelowMinimum"}');
    assert.equal(await freeOf(chain, DAVE.address), before);
  });

  it('runs calls through a proxy, for those that were named one', async () => {
    const call = transfer(DAVE.address, TAO);
    const proxied = tx(chain.api, 'proxy', 'proxy', ALICE.address, null, call);
    assert.equal((await submit(chain, proxied, DAVE)).outcome, 'proxy.NotProxy');
    const add = tx(chain.api, 'proxy', 'addProxy', DAVE.address, 'Any', 0);
    assert.ok((await submit(chain, add, ALICE)).events.includes('proxy.ProxyAdded'));
    assert.equal((await submit(chain, add, ALICE)).outcome, 'proxy.Duplicate');
    const before = await freeOf(chain, ALICE.address);
    const { events } = await submit(chain, proxied, DAVE);
    assert.ok(events.includes('proxy.ProxyExecuted') && events.includes('balances.Transfer'));
    assert.equal(await freeOf(chain, ALICE.address), before - TAO);
  });

  it('takes sudo from the sudo key only', async () => {
    const call = tx(chain.api, 'sudo', 'sudo', tx(chain.api, 'adminUtils', 'sudoSetTempo', NETUID, 77));
    await assert.rejects(submit(chain, call, DAVE), /1010: Invalid Transaction: Invalid signing address/);
    assert.ok((await submit(chain, call, ALICE)).events.includes('subtensorModule.TempoSet'));
    assert.equal((await query(chain.api, 'subtensorModule', 'tempo', NETUID)).toString(), '77');
  });

  it('answers malformed extrinsics with an error, and goes on', async () => {
    const good = (await transfer(DAVE.address, TAO).signAsync(ALICE)).toU8a();
    const send = (bytes: Uint8Array) =>
      chain.send('author_submitExtrinsic', `0x${Buffer.from(bytes).toString('hex')}`).then(
        () => 'taken',
        (error: unknown) => String(error),
      );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc
            .record({ at: fc.nat(good.length - 1), by: fc.integer({ min: 1, max: 255 }) })
            .map(({ at, by }) => {
              const copy = Uint8Array.from(good);
              copy[at] = (copy[at] ?? 0) ^ by;
              return copy;
            }),
          fc.nat(good.length - 1).map((length) => good.slice(0, length)),
        ),
        async (bytes) => assert.match(await send(bytes), /(1001|1002|1010): /),
      ),
      { numRuns: 250 },
    );
    assert.equal(await send(good), 'taken');
    await chain.devnet.advance();
    assert.equal((await chain.api.rpc.author.pendingExtrinsics()).length, 0);
  });

  it('tells a watcher ready, inBlock and finalized', async () => {
    const statuses: string[] = [];
    await new Promise<void>((resolve, reject) => {
      transfer(VALIDATOR.address, TAO)
        .signAndSend(ALICE, ({ status }) => {
          statuses.push(status.type);
          if (status.isReady || status.isInBlock) void chain.devnet.advance();
          if (status.isFinalized) resolve();
        })
        .catch(reject);
    });
    assert.deepEqual(statuses, ['Ready', 'InBlock', 'Finalized']);
  });
});
