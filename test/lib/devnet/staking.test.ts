import assert from 'node:assert/strict';
import type { GenesisOptions } from '../../../lib/devnet/index.js';
import { developmentKey } from '../../../lib/devnet/index.js';
import {
  ALICE,
  connect,
  eventsOf,
  NETUID,
  query,
  runtimeApi,
  submit,
  tx,
  VALIDATOR,
  type Connected,
} from './connected.js';

const BOB = developmentKey('//Bob');
const EVE = developmentKey('//Eve');
const TAO = 1_000_000_000n;

const onDevnet =
  (genesis: Partial<GenesisOptions>, work: (chain: Connected) => Promise<void>) =>
  async (): Promise<void> => {
    const chain = await connect({ genesis: { tempo: 50, ...genesis } });
    try {
      await work(chain);
    } finally {
      await chain.close();
    }
  };

const item = async ({ api }: Connected, name: string, ...keys: unknown[]) =>
  BigInt((await query(api, 'subtensorModule', name, ...keys)).toString());

const stakeOf = async ({ api }: Connected, coldkey: string): Promise<bigint> => {
  const args = [VALIDATOR.address, coldkey, NETUID] as const;
  const info = await runtimeApi(api, 'stakeInfoRuntimeApi', 'getStakeInfoForHotkeyColdkeyNetuid', ...args);
  return BigInt((info.toJSON() as { stake: number | string }).stake);
};

const quote = async ({ api }: Connected, tao: bigint) => {
  const result = await runtimeApi(api, 'swapRuntimeApi', 'simSwapTaoForAlpha', NETUID, tao);
  return result.toJSON() as { alphaAmount: number; taoFee: number };
};

const addStake = (chain: Connected, tao: bigint) =>
  submit(chain, tx(chain.api, 'subtensorModule', 'addStake', VALIDATOR.address, NETUID, tao), EVE);

const transferStake = (chain: Connected, alpha: bigint, to = ALICE.address) => {
  const args = [to, VALIDATOR.address, NETUID, NETUID, alpha] as const;
  return submit(chain, tx(chain.api, 'subtensorModule', 'transferStake', ...args), EVE);
};

describe('staking on a devnet', () => {
  it(
    'buys what the pool quoted, along its curve, and says so in the event',
    onDevnet({}, async (chain) => {
      const { alphaAmount, taoFee } = await quote(chain, TAO / 20n);
      assert.equal(taoFee, 25_177, '33 / 65,535 of what is put in');
      const { outcome } = await addStake(chain, TAO / 20n);
      assert.equal(outcome, 'ok');
      const added = (await eventsOf(chain.api)).find(({ event }) => event.method === 'StakeAdded');
      assert.deepEqual(added?.event.data.toJSON(), [
        ...[EVE.address, VALIDATOR.address, 50_000_000, alphaAmount, NETUID, taoFee],
      ]);
      assert.equal(await stakeOf(chain, EVE.address), BigInt(alphaAmount));
      assert.equal(await item(chain, 'subnetTAO', NETUID), 10n * TAO + TAO / 20n);
      assert.equal(await item(chain, 'subnetAlphaIn', NETUID), 10n * TAO - BigInt(alphaAmount));
      assert.ok((await quote(chain, TAO / 20n)).alphaAmount < alphaAmount, 'the price rose');
    }),
  );

  it(
    'moves stake to another coldkey with the three events of a payment, in their order',
    onDevnet({}, async (chain) => {
      await addStake(chain, TAO / 20n);
      const alpha = await stakeOf(chain, EVE.address);
      const { outcome, events } = await transferStake(chain, alpha);
      assert.equal(outcome, 'ok');
      const staking = events.filter((name) => name.startsWith('subtensorModule.Stake'));
      assert.deepEqual(staking, [
        'subtensorModule.StakeRemoved',
        'subtensorModule.StakeAdded',
        'subtensorModule.StakeTransferred',
      ]);
      assert.equal(await stakeOf(chain, ALICE.address), alpha);
      assert.equal(await stakeOf(chain, EVE.address), 0n);
    }),
  );

  it(
    'names what is wrong by the runtime’s errors',
    onDevnet({}, async (chain) => {
      const outcome = async (...args: unknown[]) =>
        (await submit(chain, tx(chain.api, 'subtensorModule', 'addStake', ...args), EVE)).outcome;
      const { address } = VALIDATOR;
      assert.equal(await outcome(address, 99, TAO), 'subtensorModule.SubnetNotExists');
      assert.equal(await outcome(address, NETUID, 1_999_999), 'subtensorModule.AmountTooLow');
      assert.equal(await outcome(address, NETUID, 9_000n * TAO), 'subtensorModule.NotEnoughBalanceToStake');
      assert.equal(await outcome(EVE.address, NETUID, TAO), 'subtensorModule.HotKeyAccountNotExists');
      assert.equal((await transferStake(chain, 5n)).outcome, 'subtensorModule.NotEnoughStakeToWithdraw');
      await addStake(chain, TAO);
      assert.equal((await transferStake(chain, 5n)).outcome, 'subtensorModule.AmountTooLow');
      assert.equal((await transferStake(chain, TAO / 2n, EVE.address)).outcome, 'subtensorModule.SameNetuid');
      const off = tx(chain.api, 'adminUtils', 'sudoSetToggleTransfer', NETUID, false);
      await submit(chain, tx(chain.api, 'sudo', 'sudo', off), ALICE);
      assert.equal((await transferStake(chain, TAO / 2n)).outcome, 'subtensorModule.TransferDisallowed');
    }),
  );

  it(
    'refuses a price beyond the limit, and leaves everything as it was',
    onDevnet({}, async (chain) => {
      const args = [VALIDATOR.address, NETUID, 5n * TAO, TAO + 1n, false] as const;
      const limited = tx(chain.api, 'subtensorModule', 'addStakeLimit', ...args);
      assert.equal((await submit(chain, limited, EVE)).outcome, 'subtensorModule.SlippageTooHigh');
      assert.equal(await item(chain, 'subnetTAO', NETUID), 10n * TAO);
    }),
  );

  it(
    'sells no more than there is, for what the pool gives',
    onDevnet({}, async (chain) => {
      await addStake(chain, TAO);
      const remove = tx(chain.api, 'subtensorModule', 'removeStake', VALIDATOR.address, NETUID, 10n ** 18n);
      assert.equal((await submit(chain, remove, EVE)).outcome, 'ok');
      assert.equal(await stakeOf(chain, EVE.address), 0n);
      const reserve = await item(chain, 'subnetTAO', NETUID);
      assert.ok(reserve > 10n * TAO && reserve < 10n * TAO + 2_000_000n, `only the fees stay: ${reserve}`);
    }),
  );

  it(
    'is paid by emission, each holder by the share',
    onDevnet({ tempo: 5, validatorStake: 1 }, async (chain) => {
      await addStake(chain, TAO);
      const [eve, bob] = [await stakeOf(chain, EVE.address), await stakeOf(chain, BOB.address)];
      const weights = tx(chain.api, 'subtensorModule', 'setWeights', NETUID, [0], [1], 0);
      await chain.devnet.advance(10);
      assert.equal((await submit(chain, weights, VALIDATOR)).outcome, 'ok');
      await chain.devnet.advance(5);
      const [later, ownerLater] = [await stakeOf(chain, EVE.address), await stakeOf(chain, BOB.address)];
      assert.ok(later > eve && ownerLater > bob);
      const [gain, ownerGain] = [later - eve, ownerLater - bob];
      assert.ok(Math.abs(Number(gain) / Number(ownerGain) - Number(eve) / Number(bob)) < 1e-6);
    }),
  );
});

describe('subnets on a devnet', () => {
  const registerNetwork = (chain: Connected) =>
    submit(chain, tx(chain.api, 'subtensorModule', 'registerNetwork', developmentKey('//new').address), BOB);

  it(
    'are registered for a price that doubles, and closed to stake until they start',
    onDevnet({}, async (chain) => {
      const cost = async () =>
        BigInt(
          (
            await runtimeApi(chain.api, 'subnetRegistrationRuntimeApi', 'getNetworkRegistrationCost')
          ).toString(),
        );
      const first = await cost();
      const { outcome, events } = await registerNetwork(chain);
      assert.equal(outcome, 'ok');
      assert.ok(events.includes('subtensorModule.NetworkAdded'));
      assert.equal(await item(chain, 'subnetTAO', 4), first);
      assert.ok((await cost()) > (first * 19n) / 10n);
      const hotkey = developmentKey('//new').address;
      const stake = tx(chain.api, 'subtensorModule', 'addStake', hotkey, 4, TAO);
      assert.equal((await submit(chain, stake, EVE)).outcome, 'subtensorModule.SubtokenDisabled');
      const start = tx(chain.api, 'subtensorModule', 'startCall', 4);
      assert.equal((await submit(chain, start, EVE)).outcome, 'subtensorModule.NotSubnetOwner');
      assert.equal((await submit(chain, start, BOB)).outcome, 'ok');
      assert.equal((await submit(chain, stake, EVE)).outcome, 'ok');
      assert.equal(
        (await submit(chain, start, BOB)).outcome,
        'subtensorModule.FirstEmissionBlockNumberAlreadySet',
      );
    }),
  );

  it(
    'are limited in their rate at the pool, where the chain says so',
    onDevnet({}, async (chain) => {
      await submit(
        chain,
        tx(chain.api, 'sudo', 'sudo', tx(chain.api, 'adminUtils', 'sudoSetNetworkRateLimit', 100)),
        ALICE,
      );
      assert.equal((await registerNetwork(chain)).outcome, 'ok');
      const second = tx(chain.api, 'subtensorModule', 'registerNetwork', developmentKey('//other').address);
      await assert.rejects(submit(chain, second, BOB), /Custom error: 6/);
    }),
  );

  it(
    'run an epoch that their owner triggers',
    onDevnet({ tempo: 400 }, async (chain) => {
      const trigger = tx(chain.api, 'subtensorModule', 'triggerEpoch', NETUID);
      assert.equal((await submit(chain, trigger, EVE)).outcome, 'subtensorModule.NotSubnetOwner');
      const { outcome, events } = await submit(chain, trigger, ALICE);
      assert.equal(outcome, 'ok');
      assert.ok(events.includes('subtensorModule.EpochTriggered'));
      await chain.devnet.advance();
      assert.equal(await item(chain, 'subnetEpochIndex', NETUID), 1n);
    }),
  );
});
