import { CrusadesError, crusadesError } from '../errors/index.js';

/**
 * What a refused `set_commitment` means. Runtimes up to spec 425 say `AccountNotAllowedCommit` where later ones
 * name the subtensor pallet's own error; both mean that the hotkey is not registered.
 */
export const commitmentRefusal = (error: unknown, hotkey: string, netuid: number): unknown => {
  if (!(error instanceof CrusadesError) || error.code !== 'chain_call_refused') return error;
  const reason = String(error.details['reason']);
  if (/AccountNotAllowedCommit|HotKeyNotRegistered|SubnetNotExists/.test(reason))
    return crusadesError('hotkey_not_registered', { hotkey, netuid }, { cause: error });
  if (/SpaceLimitExceeded/.test(reason))
    return crusadesError('commitment_space_exhausted', { hotkey, netuid }, { cause: error });
  return error;
};

/**
 * Why a node refused a transaction before it was in a block, in words.
 *
 * Custom codes are `CustomTransactionError` of the runtime (`common/src/transaction_error.rs`), the rest are
 * texts of Substrate's transaction pool.
 */
export const poolRefusal = (message: string): string => {
  const custom = /Custom error: (\d+)/.exec(message)?.[1];
  if (custom !== undefined) return `${CUSTOM_ERRORS[Number(custom)] ?? 'unknown rule'} (pool code ${custom})`;
  return message
    .replace(/^\d+: /, '')
    .replace(/\.$/, '')
    .slice(0, 200);
};

const CUSTOM_ERRORS: Readonly<Record<number, string>> = {
  0: 'ColdkeySwapPending',
  1: 'StakeTooLow: NotEnoughStakeToSetWeights or AmountTooLow',
  2: 'BalanceTooLow',
  3: 'SubnetNotExists',
  4: 'HotkeyAccountDoesntExist',
  5: 'NotEnoughStakeToWithdraw',
  6: 'RateLimitExceeded',
  7: 'InsufficientLiquidity',
  8: 'SlippageTooHigh',
  9: 'TransferDisallowed',
  10: 'HotKeyNotRegisteredInNetwork',
  11: 'InvalidIpAddress',
  12: 'ServingRateLimitExceeded',
  13: 'InvalidPort',
  14: 'ZeroMaxAmount',
  15: 'InvalidRevealRound',
  16: 'CommitNotFound',
  17: 'CommitBlockNotInRevealRange',
  18: 'InputLengthsUnequal',
  19: 'UidNotFound: HotKeyNotRegisteredInSubNet',
  20: 'EvmKeyAssociateRateLimitExceeded',
  21: 'ColdkeySwapDisputed',
  22: 'InvalidRealAccount',
  23: 'FailedShieldedTxParsing',
  24: 'InvalidShieldedTxPubKeyHash',
  25: 'NonAssociatedColdKey',
  26: 'DelegateTakeTooLow',
  27: 'DelegateTakeTooHigh',
  255: 'BadRequest',
};
