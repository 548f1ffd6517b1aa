import assert from 'node:assert/strict';
import { CRUSADES_NETUID, GENESIS_NEURONS, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { connectChain } from '../../../lib/chain/index.js';
import type { ChainReader, ChainWriter } from '../../../lib/chain/types.js';
import type { Ledger } from '../../../lib/store/index.js';
import { createLogger } from '../../../lib/telemetry/index.js';
import { loadSettings } from '../../../lib/settings/index.js';
import { keyFromUri } from '../../../lib/wallet/index.js';
import { createValidator, type Validator } from '../../../lib/weights/index.js';

const { hparams } = loadSettings({ hparamsPath: 'hparams/local.json', env: {} });
const SUBNET = { network: 'devnet', netuid: CRUSADES_NETUID };

/** A ledger in which the owner's hotkey leads, and nothing has been sent yet. */
const ledgerLedBy = (hotkey: string | null): Ledger =>
  ({
    standing: async () => ({ leader: hotkey === null ? null : { hotkey } }),
    weightHistory: async () => [],
  }) as unknown as Ledger;

for (const commitReveal of [false, true]) {
  describe(`createValidator, commit-reveal ${commitReveal ? 'on' : 'off'}`, function () {
    this.timeout(60_000);
    let devnet: Devnet;
    let chain: ChainReader & ChainWriter;
    let validator: Validator;

    before(async () => {
      devnet = await startDevnet({
        port: 0,
        blockTimeSeconds: 0.25,
        genesis: { commitReveal, weightsRateLimit: 0 },
      });
      const logger = createLogger('test');
      logger.level = 'silent';
      chain = await connectChain({ endpoint: devnet.url, logger });
      const leader = keyFromUri(GENESIS_NEURONS.owner.hotkeyPath).address;
      const signer = keyFromUri(GENESIS_NEURONS.validator.hotkeyPath);
      validator = createValidator({ chain, ledger: ledgerLedBy(leader), signer });
    });
    after(async () => {
      await chain?.close();
      await devnet?.stop();
    });

    it('sends what the ledger demands and finds it on chain', async () => {
      const plan = await validator.plan(SUBNET, hparams);
      assert.equal(plan.route, commitReveal ? 'commit_timelocked' : 'set_weights');
      assert.deepEqual(
        plan.target.map(({ uid }) => uid),
        [GENESIS_NEURONS.owner.uid, GENESIS_NEURONS.burn.uid],
      );
      const sent = await validator.submit(SUBNET, plan);
      assert.equal(sent.found, false);
      assert.ok((await validator.confirm(SUBNET, plan)) >= plan.decidedBlock);
    });

    it('finds on chain what an earlier try has sent, and does not send it again', async () => {
      const plan = await validator.plan(SUBNET, hparams);
      const first = await validator.submit(SUBNET, plan);
      const second = await validator.submit(SUBNET, plan);
      assert.equal(second.found, true);
      assert.equal(second.block, first.block);
    });

    it('says that weights are not there when the chain shows others', async () => {
      const plan = await validator.plan(SUBNET, hparams);
      const { number } = await chain.head();
      const other = { ...plan, decidedBlock: number + 1000, entries: [{ uid: 0, value: 65_535 }] };
      await assert.rejects(validator.confirm(SUBNET, other), { code: 'weights_not_confirmed' });
    });
  });
}
