import { decodeAddress } from '@polkadot/util-crypto';

import type { ChainHead, ChainReader, TransactionReader } from '../chain/index.js';
import { crusadesError } from '../errors/index.js';
import type { Hparams } from '../settings/index.js';

/** Who is paid, and how. */
export interface PaymentTerms {
  readonly netuid: number;
  /** Coldkey that the alpha has to reach. */
  readonly payee: string;
  /** Hotkey with which it is staked before and after: that of the burn uid. */
  readonly hotkey: string;
  readonly feeRao: bigint;
}

/** What of the settings decides about payments. */
export type PaymentSettings = Pick<Hparams, 'burn_uid' | 'payment'>;

/**
 * The terms as they were at a block: the payee is `payment.address`, else whoever owned the hotkey of `burn_uid`.
 *
 * @throws `payment_unreceivable`
 */
export const termsAt = async (
  chain: Pick<ChainReader, 'hotkeysOf'> & Pick<TransactionReader, 'ownerOf'>,
  netuid: number,
  { burn_uid: burnUid, payment }: PaymentSettings,
  at: ChainHead,
): Promise<PaymentTerms> => {
  const [hotkey] = await chain.hotkeysOf(netuid, [burnUid], at);
  if (!hotkey) throw unreceivable(at, `no neuron holds burn_uid ${burnUid} on netuid ${netuid}`);
  const payee = payment.address ?? (await chain.ownerOf(hotkey, at));
  if (payee === null) throw unreceivable(at, `nobody owns the hotkey of burn_uid ${burnUid}, ${hotkey}`);
  if (!isAddress(payee)) throw unreceivable(at, `payment.address ${payee} is no address`);
  return { netuid, payee, hotkey, feeRao: BigInt(payment.fee_rao) };
};

const unreceivable = ({ number }: ChainHead, reason: string) =>
  crusadesError('payment_unreceivable', { block: number, reason });

/** With its checksum: a mistyped one would cost the miners' money. */
const isAddress = (text: string): boolean => {
  try {
    return decodeAddress(text).length === 32;
  } catch {
    return false;
  }
};
