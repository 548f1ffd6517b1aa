import type { Chain, PaymentReference } from '../../../lib/chain/index.js';
import { crusadesError } from '../../../lib/errors/index.js';
import { amountText, paymentName, verifyPayment, type JudgedPayment } from '../../../lib/payment/index.js';
import type { PaymentUse } from '../../../lib/store/index.js';
import { SS58_FORMAT } from '../../../lib/wallet/index.js';
import { EXIT } from '../action.js';
import { choosePlace, reach, withChain, withLedger, type Place, type Reachable } from '../connection.js';
import { timeText } from '../output/format.js';
import { printJson } from '../output/json.js';
import { note, print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor } from '../output/style.js';
import { renderFacts } from '../output/table.js';
import type { PaymentVerifyOptions } from '../payment.js';

/** @returns 0 when it counts, 1 when it does not; what keeps it from being judged is thrown */
export async function verify(
  reference: PaymentReference,
  options: PaymentVerifyOptions,
  signal: AbortSignal,
): Promise<number> {
  await requireAddress(options.hotkey);
  const place = choosePlace(options);
  const use = await useOf(place, reference);
  const judged = await withProgress('reading the chain', () =>
    withChain(place, (chain) => judge(chain, place, reference, options, use)),
  );
  signal.throwIfAborted();
  tell({ reference, use, judged }, options);
  return judged.ok ? EXIT.good : EXIT.no;
}

const requireAddress = async (hotkey: string): Promise<void> => {
  const { decodeAddress } = await import('@polkadot/util-crypto');
  try {
    decodeAddress(hotkey, false, SS58_FORMAT);
  } catch {
    throw crusadesError('argument_invalid', { argument: '--hotkey', reason: `${hotkey} is no address` });
  }
};

/** Miners have no ledger at hand: without one the payment is judged all the same. */
const useOf = async (
  place: Place,
  { block, extrinsicIndex }: PaymentReference,
): Promise<Reachable<PaymentUse | null>> =>
  reach(() => withLedger(place, (ledger) => ledger.paymentUse(place.subnet.network, block, extrinsicIndex)));

/**
 * By the settings that the submission which used it began with, else by those in force. The miner's faults are the
 * answer; the rest keeps it from being given.
 */
const judge = async (
  chain: Chain,
  { subnet, settings }: Place,
  reference: PaymentReference,
  { hotkey, commitBlock }: PaymentVerifyOptions,
  use: Reachable<PaymentUse | null>,
): Promise<Reachable<JudgedPayment>> => {
  const used = use.ok ? use.value : null;
  const at = commitBlock ?? used?.commitBlock ?? (await chain.head()).number + 1;
  const claim = { reference, netuid: subnet.netuid, hotkey, commitBlock: at };
  const judged = await reach(() => verifyPayment(chain, claim, used?.settings ?? settings.hparams));
  if (!judged.ok && judged.error.definition.fault !== 'miner') throw judged.error;
  return judged;
};

interface Findings {
  readonly reference: PaymentReference;
  readonly use: Reachable<PaymentUse | null>;
  readonly judged: Reachable<JudgedPayment>;
}

const tell = ({ reference, use, judged }: Findings, { json, hotkey }: PaymentVerifyOptions): void => {
  if (json) {
    printJson({
      ...reference,
      hotkey,
      counts: judged.ok,
      payer: judged.ok ? judged.value.payer : null,
      alphaRao: judged.ok ? judged.value.alpha.toString() : null,
      usedFor: use.ok && use.value ? factsOf(use.value) : null,
      useKnown: use.ok,
      error: judged.ok ? null : judged.error.report(),
    });
    return;
  }
  print(
    renderFacts(
      [
        ['payment', paymentName(reference)],
        ['counts', judged.ok ? 'yes' : 'no'],
        ['payer', judged.ok ? judged.value.payer : null],
        ['paid', judged.ok ? `${amountText(judged.value.alpha)} alpha` : null],
        ['because', judged.ok ? null : judged.error.message],
        ['used for', use.ok ? usedForText(use.value) : null],
      ],
      styleFor(process.stdout),
    ),
  );
  if (!judged.ok) note(judged.error.remedy);
  if (!use.ok) note(`What it was used for is not known here: ${use.error.message}`);
};

const factsOf = ({ submissionId, hotkey, commitBlock, verifiedAt }: PaymentUse) => ({
  ...{ submissionId, hotkey, commitBlock, verifiedAt },
});

const usedForText = (use: PaymentUse | null): string =>
  use === null
    ? 'nothing yet'
    : `submission ${use.submissionId} of ${use.hotkey}, committed at block ${use.commitBlock}, ` +
      `verified ${timeText(use.verifiedAt)} UTC`;
