import assert from 'node:assert/strict';

import { admitCommitment, submissionIdOf } from '../../../lib/admission/index.js';
import { connectChain, type Chain, type PaymentReference } from '../../../lib/chain/index.js';
import { CRUSADES_NETUID, developmentKey, startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { pay, planPayment } from '../../../lib/payment/index.js';
import { submissionWorkflowId } from '../../../lib/progress/index.js';
import { competitionSettings, loadSettings } from '../../../lib/settings/index.js';
import { migrateLedger, openLedger, type Ledger } from '../../../lib/store/index.js';
import { withTestDatabase } from '../../support/postgres.js';

const local = loadSettings({ hparamsPath: 'hparams/local.json', env: {} }).hparams;
const hparams = { ...local, payment: { ...local.payment, enabled: true } };
const COLDKEY = developmentKey('//Dave');
const [FIRST, SECOND] = ['//Dave//first', '//Dave//second'].map((path) => developmentKey(path).address);

describe('paid submissions, on a devnet and a ledger', function () {
  this.timeout(60_000);
  const database = withTestDatabase();
  let devnet: Devnet;
  let chain: Chain;
  let ledger: Ledger;
  let reference: PaymentReference;

  before(async () => {
    await migrateLedger(database);
    ledger = openLedger({ connectionString: database.connectionString });
    devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25 });
    chain = await connectChain({ endpoint: devnet.url });
    for (const hotkey of [FIRST, SECOND]) await chain.burnedRegister(COLDKEY, CRUSADES_NETUID, hotkey ?? '');
    const plan = await planPayment(chain, CRUSADES_NETUID, hparams, COLDKEY.address);
    reference = await pay(chain, COLDKEY, plan);
  });
  after(async () => {
    await chain?.close();
    await devnet?.stop();
    await ledger?.close();
  });

  const admit = async (hotkey = '', commitBlock: number) => {
    const key = { network: 'devnet', netuid: CRUSADES_NETUID, hotkey, commitBlock };
    const submissionId = submissionIdOf(key);
    const settings = competitionSettings(hparams);
    await ledger.openSubmission({
      submissionId,
      key,
      workflowId: submissionWorkflowId(key),
      revealRound: null,
      settings,
    });
    const text = `${'ab'.repeat(16)}:${reference.block}:${reference.extrinsicIndex}:https://example.com/t.py`;
    const revealed = { text, revealBlock: commitBlock + 10 };
    const content = { kind: 'revealed', ...revealed } as const;
    const fresh = { submissionId, key, content, revealAt: null };
    await admitCommitment(chain, ledger, fresh, revealed, hparams);
    return submissionId;
  };

  it('are admitted once, however often their admission is tried', async () => {
    const submissionId = await admit(FIRST, reference.block + 5);
    assert.equal(await admit(FIRST, reference.block + 5), submissionId);
    const use = await ledger.paymentUse('devnet', reference.block, reference.extrinsicIndex);
    assert.deepEqual([use?.submissionId, use?.payer], [submissionId, COLDKEY.address]);
  });

  it('do not pay for a later one of the same miner', () =>
    assert.rejects(admit(FIRST, reference.block + 6), { code: 'payment_reused' }));

  it('do not pay for another hotkey of the same coldkey', () =>
    assert.rejects(admit(SECOND, reference.block + 4), { code: 'payment_reused' }));

  it('are not paid for by what was paid after the commitment', () =>
    assert.rejects(admit(SECOND, reference.block), { code: 'payment_late' }));
});
