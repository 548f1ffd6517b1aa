import assert from 'node:assert/strict';
import { developmentKey, GENESIS_NEURONS, type GenesisOptions } from '../../../lib/devnet/index.js';
import { upscaled } from '../../../lib/devnet/pallets/subtensor/weights.js';
import { encodeWeightsPayload, encryptToRound } from '../../../lib/timelock/index.js';
import {
  ALICE,
  connect,
  eventsOf,
  NETUID,
  now,
  query,
  runtimeApi,
  submit,
  tx,
  VALIDATOR,
  type Connected,
} from './connected.js';

const EVE = developmentKey('//Eve');

/** Runs a test on a devnet of its own. */
const onDevnet =
  (genesis: Partial<GenesisOptions>, test: (chain: Connected) => Promise<void>) => async () => {
    const chain = await connect({ genesis });
    try {
      await chain.devnet.advance();
      await test(chain);
    } finally {
      await chain.close();
    }
  };

const set = ({ api }: Connected, dests: number[], weights: number[], versionKey = 0) =>
  tx(api, 'subtensorModule', 'setWeights', NETUID, dests, weights, versionKey);
const sudo = (chain: Connected, name: string, ...args: unknown[]) =>
  submit(chain, tx(chain.api, 'sudo', 'sudo', tx(chain.api, 'adminUtils', name, ...args)), ALICE);
const register = (chain: Connected, hotkey: string, coldkey = ALICE) =>
  submit(chain, tx(chain.api, 'subtensorModule', 'burnedRegister', NETUID, hotkey), coldkey);
const item = async ({ api }: Connected, name: string, ...args: unknown[]): Promise<unknown> =>
  (await query(api, 'subtensorModule', name, ...args)).toJSON();

describe('registration on a devnet', () => {
  it(
    'costs the burn and gives the next uid, once',
    onDevnet({}, async (chain) => {
      const { outcome, events } = await register(chain, EVE.address);
      assert.equal(outcome, 'ok');
      assert.ok(events.includes('subtensorModule.NeuronRegistered') && events.includes('balances.Withdraw'));
      assert.equal(await item(chain, 'uids', NETUID, EVE.address), 3);
      assert.equal(await item(chain, 'owner', EVE.address), ALICE.address);
      assert.equal(
        (await register(chain, EVE.address)).outcome,
        'subtensorModule.HotKeyAlreadyRegisteredInSubNet',
      );
    }),
  );

  it(
    'is refused without the money, on the root and on a subnet that is not there',
    onDevnet({ burn: 3000 }, async (chain) => {
      const on = (netuid: number) =>
        submit(chain, tx(chain.api, 'subtensorModule', 'burnedRegister', netuid, EVE.address), EVE);
      assert.equal((await on(NETUID)).outcome, 'subtensorModule.NotEnoughBalanceToStake');
      assert.equal((await on(0)).outcome, 'subtensorModule.RegistrationNotPermittedOnRootSubnet');
      assert.equal((await on(77)).outcome, 'subtensorModule.SubnetNotExists');
      const limited = tx(chain.api, 'subtensorModule', 'registerLimit', NETUID, EVE.address, 1);
      assert.equal(
        (await submit(chain, limited, EVE)).outcome,
        'subtensorModule.RegistrationPriceLimitExceeded',
      );
    }),
  );

  it(
    'replaces the oldest neuron that is not immune when the subnet is full, and forgets its commitments',
    onDevnet({ maxAllowedUids: 3, immunityPeriod: 0 }, async (chain) => {
      const { hotkeyPath, uid } = GENESIS_NEURONS.burn;
      const burn = developmentKey(hotkeyPath);
      await submit(
        chain,
        tx(chain.api, 'commitments', 'setCommitment', NETUID, { fields: [{ Raw1: 'a' }] }),
        burn,
      );
      assert.equal((await register(chain, EVE.address)).outcome, 'ok');
      assert.equal(await item(chain, 'uids', NETUID, EVE.address), uid);
      assert.equal(await item(chain, 'uids', NETUID, burn.address), null);
      assert.ok((await query(chain.api, 'commitments', 'commitmentOf', NETUID, burn.address)).isEmpty);
    }),
  );

  it(
    'finds no place while everybody is immune',
    onDevnet({ maxAllowedUids: 3 }, async (chain) => {
      assert.equal((await register(chain, EVE.address)).outcome, 'subtensorModule.NoNeuronIdAvailable');
    }),
  );
});

describe('set_weights on a devnet', () => {
  it(
    'stores the validator’s weights, scaled up, and takes the next only after the rate limit',
    onDevnet({ weightsRateLimit: 5 }, async (chain) => {
      const { outcome, events } = await submit(chain, set(chain, [0, 1], [1, 2]), VALIDATOR);
      assert.equal(outcome, 'ok');
      assert.ok(events.includes('subtensorModule.WeightsSet'));
      assert.deepEqual(await item(chain, 'weights', NETUID, 2), [
        [0, 32768],
        [1, 65535],
      ]);
      await assert.rejects(
        submit(chain, set(chain, [1], [1]), VALIDATOR),
        /1010: Invalid Transaction: Custom error: 6/,
      );
      const nested = tx(chain.api, 'utility', 'batchAll', [set(chain, [1], [1])]);
      await submit(
        chain,
        tx(chain.api, 'balances', 'transferKeepAlive', VALIDATOR.address, 10n ** 9n),
        ALICE,
      );
      assert.equal((await submit(chain, nested, VALIDATOR)).outcome, 'subtensorModule.SettingWeightsTooFast');
      await chain.devnet.advance(2);
      assert.equal((await submit(chain, set(chain, [1], [1]), VALIDATOR)).outcome, 'ok');
    }),
  );

  it(
    'names what is wrong with weights by the runtime’s errors',
    onDevnet({ weightsRateLimit: 0, minAllowedWeights: 2, weightsVersionKey: 7 }, async (chain) => {
      const outcome = async (dests: number[], weights: number[], key = 7) =>
        (await submit(chain, set(chain, dests, weights, key), VALIDATOR)).outcome;
      assert.equal(await outcome([0, 1], [1]), 'subtensorModule.WeightVecNotEqualSize');
      assert.equal(await outcome([0, 1], [1, 1], 6), 'subtensorModule.IncorrectWeightVersionKey');
      assert.equal(await outcome([0, 0], [1, 1]), 'subtensorModule.DuplicateUids');
      assert.equal(await outcome([0, 9], [1, 1]), 'subtensorModule.UidVecContainInvalidOne');
      assert.equal(await outcome([0, 1, 2, 3], [1, 1, 1, 1]), 'subtensorModule.UidsLengthExceedUidsInSubNet');
      assert.equal(await outcome([0], [1]), 'subtensorModule.WeightVecLengthIsLow');
      assert.equal(await outcome([2], [1]), 'ok', 'a single self-weight is exempt');
      assert.equal(await outcome([0, 1], [1, 1], 8), 'ok', 'a newer version key passes');
    }),
  );

  it(
    'refuses a neuron without permit, a hotkey without uid and a mechanism that is not there',
    onDevnet({ weightsRateLimit: 0 }, async (chain) => {
      await register(chain, EVE.address);
      assert.equal(
        (await submit(chain, set(chain, [0], [1]), EVE)).outcome,
        'subtensorModule.NeuronNoValidatorPermit',
      );
      await assert.rejects(
        submit(chain, set(chain, [0], [1]), developmentKey('//nobody')),
        /Custom error: 19/,
      );
      const second = tx(chain.api, 'subtensorModule', 'setMechanismWeights', NETUID, 1, [0], [1], 0);
      assert.equal((await submit(chain, second, VALIDATOR)).outcome, 'subtensorModule.MechanismDoesNotExist');
      const first = tx(chain.api, 'subtensorModule', 'setMechanismWeights', NETUID, 0, [0], [1], 0);
      assert.equal((await submit(chain, first, VALIDATOR)).outcome, 'ok');
    }),
  );

  it(
    'keeps each mechanism’s weights under an index of its own',
    onDevnet({ weightsRateLimit: 50 }, async (chain) => {
      await sudo(chain, 'sudoSetMechanismCount', NETUID, 2);
      for (const mechanism of [0, 1]) {
        const call = tx(
          chain.api,
          'subtensorModule',
          'setMechanismWeights',
          NETUID,
          mechanism,
          [mechanism],
          [1],
          0,
        );
        assert.equal((await submit(chain, call, VALIDATOR)).outcome, 'ok', `mechanism ${mechanism}`);
      }
      assert.deepEqual(await item(chain, 'weights', NETUID, 2), [[0, 65535]]);
      assert.deepEqual(await item(chain, 'weights', 4096 + NETUID, 2), [[1, 65535]]);
      await register(chain, EVE.address);
      assert.equal(((await item(chain, 'lastUpdate', 4096 + NETUID)) as number[]).length, 4);
      await sudo(chain, 'sudoSetMechanismCount', NETUID, 3);
      assert.equal(await item(chain, 'mechanismCountCurrent', NETUID), 2);
    }),
  );

  it(
    'is for those with enough stake, once a threshold is set',
    onDevnet({ weightsRateLimit: 0, validatorStake: 5 }, async (chain) => {
      await sudo(chain, 'sudoSetStakeThreshold', 6_000_000_000n);
      await assert.rejects(submit(chain, set(chain, [0], [1]), VALIDATOR), /Custom error: 1$/);
    }),
  );

  it(
    'makes incentive at the next epoch',
    onDevnet({ tempo: 5 }, async (chain) => {
      await submit(chain, set(chain, [0, 1], [1, 3]), VALIDATOR);
      await chain.devnet.advance(5);
      assert.deepEqual(await item(chain, 'incentive', NETUID), [16384, 49151, 0]);
      assert.equal(await item(chain, 'subnetEpochIndex', NETUID), 1);
      assert.equal(await item(chain, 'lastEpochBlock', NETUID), 5);
      const next = await runtimeApi(chain.api, 'subnetInfoRuntimeApi', 'getNextEpochStartBlock', NETUID);
      assert.equal(next.toString(), '10');
    }),
  );

  it('scales as the runtime’s fixed point does', () => {
    assert.deepEqual(upscaled([1, 2]), [32768, 65535]);
    assert.deepEqual(upscaled([0, 0]), [0, 0]);
    assert.deepEqual(upscaled([65535, 7]), [65535, 7]);
    assert.deepEqual(upscaled([40000, 1]), [65535, 2]);
    assert.deepEqual(upscaled([]), []);
  });
});

describe('commit-reveal on a devnet', () => {
  const commit = ({ devnet, api }: Connected, round: number, version = 4, weights = [65535]) => {
    const payload = encodeWeightsPayload({
      hotkey: VALIDATOR.publicKey,
      uids: [1],
      values: weights,
      versionKey: 0n,
    });
    const sealed = encryptToRound(payload, round, Buffer.from(devnet.beaconPublicKey, 'hex'));
    const hex = `0x${Buffer.from(sealed).toString('hex')}`;
    return tx(api, 'subtensorModule', 'commitTimelockedMechanismWeights', NETUID, 0, hex, round, version);
  };
  const enabled: Partial<GenesisOptions> = { commitReveal: true, tempo: 10, weightsRateLimit: 3 };

  it(
    'takes weights as a sealed commit and sets them in the reveal epoch, once the pulse is there',
    onDevnet(enabled, async (chain) => {
      const round = now() + 4;
      const { outcome, events } = await submit(chain, commit(chain, round), VALIDATOR);
      assert.equal(outcome, 'ok');
      assert.ok(events.includes('subtensorModule.TimelockedWeightsCommitted'));
      const waiting = (await item(chain, 'timelockedWeightCommits', NETUID, 0)) as unknown[][];
      assert.deepEqual([waiting[0]?.[0], waiting[0]?.[3]], [VALIDATOR.address, round]);
      assert.equal(((await item(chain, 'lastUpdate', NETUID)) as number[])[2], chain.devnet.head().number);

      chain.devnet.skipTime(15);
      await chain.devnet.advance(2);
      assert.deepEqual(await item(chain, 'weights', NETUID, 2), [], 'the epoch has not turned');
      await chain.devnet.advance(10 - chain.devnet.head().number);
      const revealed = (await eventsOf(chain.api)).map(({ event }) => event.method);
      assert.ok(revealed.includes('TimelockedWeightsRevealed') && revealed.includes('WeightsSet'));
      assert.deepEqual(await item(chain, 'weights', NETUID, 2), [[1, 65535]]);
      assert.deepEqual(await item(chain, 'timelockedWeightCommits', NETUID, 0), []);
    }),
  );

  it(
    'drops a commit in silence when its pulse misses the reveal epoch, or its weights are not allowed',
    onDevnet(enabled, async (chain) => {
      await submit(chain, commit(chain, now() + 100_000), VALIDATOR);
      await chain.devnet.advance(3);
      await submit(chain, commit(chain, now() + 1, 4, [1, 2]), VALIDATOR);
      chain.devnet.skipTime(10);
      await chain.devnet.advance(25);
      assert.deepEqual(await item(chain, 'timelockedWeightCommits', NETUID, 0), []);
      assert.deepEqual(await item(chain, 'weights', NETUID, 2), []);
    }),
  );

  it(
    'refuses open weights, another version, a past round and haste',
    onDevnet(enabled, async (chain) => {
      assert.equal(
        (await submit(chain, set(chain, [1], [1]), VALIDATOR)).outcome,
        'subtensorModule.CommitRevealEnabled',
      );
      const round = now() + 100;
      assert.equal(
        (await submit(chain, commit(chain, round, 3), VALIDATOR)).outcome,
        'subtensorModule.IncorrectCommitRevealVersion',
      );
      await assert.rejects(submit(chain, commit(chain, 1000), VALIDATOR), /Custom error: 15/);
      assert.equal((await submit(chain, commit(chain, round), VALIDATOR)).outcome, 'ok');
      assert.equal(
        (await submit(chain, commit(chain, round + 1), VALIDATOR)).outcome,
        'subtensorModule.CommittingWeightsTooFast',
      );
    }),
  );

  it(
    'takes the older salted commits too, revealed by their sender in the due epoch',
    onDevnet({ ...enabled, tempo: 20 }, async (chain) => {
      const args = [NETUID, [0, 1], [1, 2], [7, 8, 9], 0] as const;
      const hash = saltedHash(chain, args);
      const commitment = tx(chain.api, 'subtensorModule', 'commitWeights', NETUID, hash);
      const { outcome, events } = await submit(chain, commitment, VALIDATOR);
      assert.equal(outcome, 'ok');
      assert.ok(events.includes('subtensorModule.WeightsCommitted'));
      await assert.rejects(submit(chain, commitment, VALIDATOR), /Custom error: 6/);
      const reveal = tx(chain.api, 'subtensorModule', 'revealWeights', ...args);
      const other = tx(chain.api, 'subtensorModule', 'revealWeights', NETUID, [0], [1], [7], 0);
      assert.equal((await submit(chain, reveal, VALIDATOR)).outcome, 'subtensorModule.RevealTooEarly');
      await chain.devnet.advance(20);
      assert.equal(
        (await submit(chain, other, VALIDATOR)).outcome,
        'subtensorModule.InvalidRevealCommitHashNotMatch',
      );
      assert.equal((await submit(chain, reveal, VALIDATOR)).outcome, 'ok');
      assert.deepEqual(await item(chain, 'weights', NETUID, 2), [
        [0, 32768],
        [1, 65535],
      ]);
      assert.equal((await submit(chain, reveal, VALIDATOR)).outcome, 'subtensorModule.NoWeightsCommitFound');
    }),
  );

  it(
    'can be turned off, and then takes no commits',
    onDevnet(enabled, async (chain) => {
      await sudo(chain, 'sudoSetCommitRevealWeightsEnabled', NETUID, false);
      assert.equal(
        (await submit(chain, commit(chain, now() + 100), VALIDATOR)).outcome,
        'subtensorModule.CommitRevealDisabled',
      );
      assert.equal((await submit(chain, set(chain, [1], [1]), VALIDATOR)).outcome, 'ok');
    }),
  );

  it(
    'keeps hyperparameters frozen in the window before an epoch',
    onDevnet({ tempo: 20, adminFreezeWindow: 10 }, async (chain) => {
      await sudo(chain, 'sudoSetMinAllowedWeights', NETUID, 2);
      assert.equal(await item(chain, 'minAllowedWeights', NETUID), 2);
      await chain.devnet.advance(10);
      await sudo(chain, 'sudoSetMinAllowedWeights', NETUID, 3);
      const sudid = (await eventsOf(chain.api)).find(({ event }) => event.method === 'Sudid');
      assert.ok(JSON.stringify(sudid?.event.data.toJSON()).includes('err'));
      assert.equal(await item(chain, 'minAllowedWeights', NETUID), 2);
    }),
  );
});

/** BLAKE2b-256 of hotkey, storage index, uids, values, salt and version key in SCALE. */
const saltedHash = (
  { api }: Connected,
  [netuid, uids, values, salt, versionKey]: readonly [
    number,
    readonly number[],
    readonly number[],
    readonly number[],
    number,
  ],
): string => {
  const type = '(AccountId32, u16, Vec<u16>, Vec<u16>, Vec<u16>, u64)';
  const value = [VALIDATOR.address, netuid, uids, values, salt, versionKey];
  return api.registry.createType(type, value).hash.toHex();
};
