import type { Chain, PaymentReference } from '../../../lib/chain/index.js';
import { crusadesError } from '../../../lib/errors/index.js';
import {
  amountText,
  pay,
  paymentName,
  planPayment,
  verifyPayment,
  type PaymentPlan,
} from '../../../lib/payment/index.js';
import type { Hparams } from '../../../lib/settings/index.js';
import {
  coldkeyAddress,
  forgetPasswords,
  loadColdkey,
  type LoadOptions,
  type WalletLocation,
} from '../../../lib/wallet/index.js';
import { note } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import type { SubmitOptions } from '../submit.js';

/** How a submission's fee is going to be paid, or that it has been. */
export type Arrangement =
  | { readonly kind: 'free' }
  | { readonly kind: 'paid'; readonly reference: PaymentReference; readonly alpha: bigint }
  | { readonly kind: 'to_pay'; readonly plan: PaymentPlan };

interface Payer {
  readonly netuid: number;
  readonly hotkey: string;
  readonly wallet: WalletLocation;
}

/**
 * Finds out how the fee is paid, without sending anything: it may have been paid before (`--payment`), or lie staked
 * after a payment that was interrupted (`--from-stake`).
 *
 * @throws `payment_*`, `wallet_*`, `argument_invalid`, `chain_*`
 */
export const arrangePayment = async (
  chain: Chain,
  { netuid, hotkey, wallet }: Payer,
  hparams: Hparams,
  options: SubmitOptions,
): Promise<Arrangement> => {
  const { payment: reference, fromStake = false } = options;
  if (!hparams.payment.enabled) {
    if (reference) throw crusadesError('payment_off', { action: '--payment' });
    if (fromStake) throw crusadesError('payment_off', { action: '--from-stake' });
    return { kind: 'free' };
  }
  if (reference) {
    const { number } = await chain.head();
    const { alpha } = await verifyPayment(
      chain,
      { reference, netuid, hotkey, commitBlock: number + 1 },
      hparams,
    );
    return { kind: 'paid', reference, alpha };
  }
  requireConsent(options);
  const coldkey = await owningColdkey(chain, hotkey, wallet);
  return { kind: 'to_pay', plan: await planPayment(chain, netuid, hparams, coldkey, fromStake) };
};

/** Money is spent only by whoever has said so: on a terminal when asked, in a script by `--yes`. */
const requireConsent = ({ yes, json }: Pick<SubmitOptions, 'yes' | 'json'>): void => {
  const canBeAsked = process.stdin.isTTY && process.stderr.isTTY && json !== true;
  if (yes === true || canBeAsked) return;
  throw crusadesError('argument_invalid', {
    argument: '--yes',
    reason:
      'submissions must be paid here, and where nobody can be asked a fee is paid only with this option',
  });
};

/** The wallet's coldkey, which must own the hotkey on chain: a payment of anybody else would not count. */
const owningColdkey = async (chain: Chain, hotkey: string, wallet: WalletLocation): Promise<string> => {
  const coldkey = await coldkeyAddress(wallet);
  const owner = await chain.ownerOf(hotkey, await chain.head());
  if (owner === coldkey) return coldkey;
  throw crusadesError('wallet_unusable', {
    path: wallet.name ?? 'default',
    reason: `its coldkey ${coldkey} does not own the hotkey ${hotkey}, ${owner ?? 'nobody'} does: a payment would not count`,
  });
};

/** Lines of the preview. */
export const paymentFacts = (
  arrangement: Arrangement,
): readonly (readonly [name: string, value: string | null])[] => {
  if (arrangement.kind === 'free') return [];
  if (arrangement.kind === 'paid') {
    const { reference, alpha } = arrangement;
    return [['payment', `${paymentName(reference)}, made before: ${amountText(alpha)} alpha`]];
  }
  const { terms, coldkey, free, quotedAlpha, fromStake } = arrangement.plan;
  const source = fromStake ? 'from the stake that lies there' : `for ${amountText(terms.feeRao)} TAO`;
  return [
    ['pays', `about ${amountText(quotedAlpha)} alpha, ${source}, which nobody gives back`],
    ['to', terms.payee],
    ['from', `coldkey ${coldkey}, which has ${amountText(free)} TAO`],
    ['staked with', terms.hotkey],
  ];
};

/**
 * Pays what is to be paid. The coldkey is opened only now, after everybody has agreed.
 *
 * @returns the payment's place; null where submissions are free
 */
export const settle = async (
  chain: Chain,
  arrangement: Arrangement,
  wallet: WalletLocation,
  options: LoadOptions,
  signal: AbortSignal,
): Promise<PaymentReference | null> => {
  if (arrangement.kind === 'free') return null;
  if (arrangement.kind === 'paid') return arrangement.reference;
  const coldkey = await loadColdkey(wallet, options);
  signal.throwIfAborted();
  signal.addEventListener('abort', noteInterrupted, { once: true });
  let step = 'paying';
  try {
    const reference = await withProgress(
      () => `${step}, until it is final`,
      () => pay(chain, coldkey, arrangement.plan, (next) => (step = `paying: ${next}`)),
    );
    note(`Paid: ${paymentName(reference)}`);
    return reference;
  } finally {
    signal.removeEventListener('abort', noteInterrupted);
    coldkey.lock();
    forgetPasswords();
  }
};

const noteInterrupted = (): void =>
  note(
    'Interrupted while paying. What was staked is not lost: the same command with --from-stake hands it over.',
  );

/** Says how a payment is used that no commitment has used yet. */
export const noteUnused = (reference: PaymentReference): void =>
  note(
    `The fee is paid and not lost: crusades submit URL --payment ${paymentName(reference)} commits with it.`,
  );
