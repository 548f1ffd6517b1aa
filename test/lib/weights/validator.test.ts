import assert from 'node:assert/strict';
import { CRUSADES_NETUID, GENESIS_NEURONS, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { placeNeuron } from '../../../lib/devnet/pallets/subtensor/neurons.js';
import * as store from '../../../lib/devnet/pallets/subtensor/storage.js';
import { connectChain } from '../../../lib/chain/index.js';
import type { ChainReader, ChainWriter } from '../../../lib/chain/types.js';
import { CrusadesError } from '../../../lib/errors/index.js';
import type { Ledger } from '../../../lib/store/index.js';
import { createLogger } from '../../../lib/telemetry/index.js';
import { loadSettings } from '../../../lib/settings/index.js';
import { keyFromUri } from '../../../lib/wallet/index.js';
import {
  createValidator,
  type SentWeights,
  type Validator,
  type WeightPlan,
} from '../../../lib/weights/index.js';

const NETUID = CRUSADES_NETUID;
const SUBNET = { network: 'devnet', netuid: NETUID };
const { hparams } = loadSettings({ hparamsPath: 'hparams/local.json', env: {} });
const OWNER = keyFromUri(GENESIS_NEURONS.owner.hotkeyPath);
const SIGNER = keyFromUri(GENESIS_NEURONS.validator.hotkeyPath);
const account = (name: string): string => Buffer.from(keyFromUri(name).publicKey).toString('hex');

type Confirmed = Pick<WeightPlan, 'target'> & { readonly confirmedBlock: number };

/** A ledger with a leader, and with the last weights that were confirmed. */
const ledgerOf = (leader: string | null, confirmed?: Confirmed): Ledger =>
  ({
    standing: async () => ({ leader: leader === null ? null : { hotkey: leader } }),
    weightHistory: async () => (confirmed ? [{ ...confirmed, outcome: 'confirmed' }] : []),
  }) as unknown as Ledger;

for (const commitReveal of [false, true]) {
  describe(`createValidator, commit-reveal ${commitReveal ? 'on' : 'off'}`, function () {
    this.timeout(60_000);
    let devnet: Devnet;
    let chain: ChainReader & ChainWriter;
    let validator: Validator;

    beforeEach(async () => {
      devnet = await startDevnet({
        port: 0,
        blockTimeSeconds: 0.25,
        genesis: { commitReveal, weightsRateLimit: 0 },
      });
      const logger = createLogger('test');
      logger.level = 'silent';
      chain = await connectChain({ endpoint: devnet.url, logger });
      validator = ledBy(OWNER.address);
    });
    afterEach(async () => {
      await chain?.close();
      await devnet?.stop();
    });

    const ledBy = (leader: string | null, confirmed?: Confirmed): Validator =>
      createValidator({ chain, ledger: ledgerOf(leader, confirmed), signer: SIGNER });

    /** As Temporal does: what is not final yet is read again. */
    const confirmed = async (plan: WeightPlan, sent?: SentWeights): Promise<number> => {
      for (let tries = 0; ; tries += 1) {
        try {
          return await validator.confirm(SUBNET, plan, sent);
        } catch (error) {
          if (!(error instanceof CrusadesError) || error.code !== 'weights_not_confirmed' || tries > 40)
            throw error;
          await new Promise((resume) => setTimeout(resume, 100));
        }
      }
    };
    /** Changes the state of the chain, and waits until the change is in a block. */
    const change = async (act: Parameters<Devnet['inject']>[0]): Promise<void> => {
      devnet.inject(act);
      const { number } = devnet.head();
      while (devnet.head().number <= number) await new Promise((resume) => setTimeout(resume, 50));
    };
    const uidsOf = ({ target }: WeightPlan): number[] => target.map(({ uid }) => uid);

    it('sends what the ledger demands and finds it in a final block', async () => {
      const plan = await validator.plan(SUBNET, hparams);
      assert.equal(plan.route, commitReveal ? 'commit_timelocked' : 'set_weights');
      assert.deepEqual(uidsOf(plan), [GENESIS_NEURONS.owner.uid, GENESIS_NEURONS.burn.uid]);
      const sent = await validator.submit(SUBNET, plan);
      assert.equal(sent.found, false);
      assert.equal(typeof sent.digest, commitReveal ? 'string' : 'object');
      assert.equal(await confirmed(plan, sent), sent.block);
      assert.ok((await chain.finalizedHead()).number >= sent.block);
    });

    it('finds on chain what an earlier try has sent, and does not send it again', async () => {
      const plan = await validator.plan(SUBNET, hparams);
      const first = await validator.submit(SUBNET, plan);
      const second = await validator.submit(SUBNET, plan);
      assert.equal(second.found, true);
      assert.equal(second.block, first.block);
      assert.equal(await confirmed(plan, second), first.block);
    });

    it('does not take weights of before for the ones that it has sent', async () => {
      const plan = await validator.plan(SUBNET, hparams);
      const sent = await validator.submit(SUBNET, plan);
      await confirmed(plan, sent);
      const { number: decidedBlock } = await chain.finalizedHead();
      await assert.rejects(validator.confirm(SUBNET, { ...plan, decidedBlock }), {
        code: 'weights_not_confirmed',
      });
    });

    it('says that weights are not there when the chain shows others', async () => {
      const plan = await validator.plan(SUBNET, hparams);
      const sent = await validator.submit(SUBNET, plan);
      await confirmed(plan, sent);
      const other = { ...plan, entries: [{ uid: 0, value: 65_535 }] };
      const lost = { ...sent, digest: commitReveal ? 'ab'.repeat(32) : null };
      await assert.rejects(validator.confirm(SUBNET, other, lost), { code: 'weights_not_confirmed' });
    });

    it('sends to the uid that the leader has now, wherever it was admitted', async () => {
      const leader = account('//leader');
      await change((context) => placeNeuron(context, NETUID, 3, leader, account('//Alice')));
      const moved = ledBy(keyFromUri('//leader').address);
      assert.deepEqual(uidsOf(await moved.plan(SUBNET, hparams)), [3, 1]);
      await change((context) => {
        placeNeuron(context, NETUID, 3, account('//other'), account('//Alice'));
        placeNeuron(context, NETUID, 4, leader, account('//Alice'));
      });
      assert.deepEqual(uidsOf(await moved.plan(SUBNET, hparams)), [4, 1]);
    });

    it('burns everything while the leader is not registered, and without a leader', async () => {
      for (const leader of [keyFromUri('//gone').address, null]) {
        const plan = await ledBy(leader).plan(SUBNET, hparams);
        assert.deepEqual(plan.entries, [{ uid: GENESIS_NEURONS.burn.uid, value: 65_535 }]);
      }
    });

    it('sends nothing to a neuron that has been replaced since the decision', async () => {
      await change((context) => placeNeuron(context, NETUID, 3, account('//leader'), account('//Alice')));
      const follower = ledBy(keyFromUri('//leader').address);
      const plan = await follower.plan(SUBNET, hparams);
      await change((context) => placeNeuron(context, NETUID, 3, account('//other'), account('//Alice')));
      await assert.rejects(follower.submit(SUBNET, plan), {
        code: 'weights_plan_outdated',
        message: /uid 3 no longer belongs to 5/,
      });
      assert.equal(await chain.lastUpdateOf(NETUID, plan.uid), 0);
    });

    it('sends nothing by a route that the subnet’s owner has closed since the decision', async () => {
      const plan = await validator.plan(SUBNET, hparams);
      await change(({ state }) => store.CommitRevealWeightsEnabled.put(state, NETUID, !commitReveal));
      await assert.rejects(validator.submit(SUBNET, plan), {
        code: 'weights_plan_outdated',
        message: /commit-reveal has been switched/,
      });
      assert.notEqual((await validator.plan(SUBNET, hparams)).route, plan.route);
    });

    it('waits for the chain’s rate limit instead of having the call refused', async () => {
      await change(({ state }) => store.WeightsSetRateLimit.put(state, NETUID, 1000));
      const plan = await validator.plan(SUBNET, hparams);
      const { block } = await validator.submit(SUBNET, plan);
      const { number: decidedBlock } = await chain.head();
      await assert.rejects(validator.submit(SUBNET, { ...plan, decidedBlock }), {
        code: 'weights_too_soon',
        details: { block: block + 1000 },
      });
      // Another leader changes nothing about it.
      const next = await ledBy(null, { target: plan.target, confirmedBlock: block }).plan(SUBNET, hparams);
      assert.equal(next.due, null);
    });

    it('says before anything is sent that its stake is too low', async () => {
      await change(({ state }) => store.StakeThreshold.put(state, 2n ** 60n));
      await assert.rejects(validator.plan(SUBNET, hparams), {
        code: 'weights_not_permitted',
        message: /stake of \d+ rao is below the threshold of 1152921504606846976 rao/,
      });
    });

    it('says that the burn uid is no neuron of the subnet', async () => {
      await assert.rejects(validator.plan(SUBNET, { ...hparams, burn_uid: 99 }), {
        code: 'weights_recipient_missing',
        details: { netuid: NETUID, uid: 99, last: 2 },
      });
    });

    it('says how many weights the subnet wants', async () => {
      await change(({ state }) => store.MinAllowedWeights.put(state, NETUID, 3));
      await assert.rejects(validator.plan(SUBNET, hparams), { code: 'weights_too_few' });
    });

    it('echoes the version key of the subnet', async () => {
      await change(({ state }) => store.WeightsVersionKey.put(state, NETUID, 2n ** 63n));
      const plan = await validator.plan(SUBNET, hparams);
      await confirmed(plan, await validator.submit(SUBNET, plan));
    });

    it('sends again what the chain has lost', async () => {
      const plan = await validator.plan(SUBNET, hparams);
      const sent = await validator.submit(SUBNET, plan);
      const before = { target: plan.target, confirmedBlock: await confirmed(plan, sent) };
      assert.equal((await ledBy(OWNER.address, before).plan(SUBNET, hparams)).due, null);
      await change(({ state }) => {
        store.Weights.remove(state, NETUID, plan.uid);
        for (const { key } of [...store.TimelockedWeightCommits.entries(state, NETUID)])
          store.TimelockedWeightCommits.remove(state, ...key);
      });
      const again = await ledBy(OWNER.address, before).plan(SUBNET, hparams);
      assert.equal(again.due, 'the chain shows other weights');
    });
  });
}

describe('createValidator, where the chain wants commits that nobody here can make', function () {
  this.timeout(30_000);

  it('refuses before anything is sent', async () => {
    const devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25, genesis: { commitReveal: true } });
    const chain = await connectChain({ endpoint: devnet.url });
    try {
      devnet.inject(({ state }) => store.CommitRevealWeightsVersion.put(state, 5));
      await new Promise((resume) => setTimeout(resume, 600));
      const validator = createValidator({ chain, ledger: ledgerOf(null), signer: SIGNER });
      await assert.rejects(validator.plan(SUBNET, hparams), { code: 'weights_version_unsupported' });
    } finally {
      await chain.close();
      await devnet.stop();
    }
  });
});
