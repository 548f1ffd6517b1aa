import { bytes, newtype, option, ScaleError, struct, u32, u64, vec } from '../scale/index.js';
import { api, method, type RuntimeApi } from '../runtime/api.js';
import { runtimeCall } from '../runtime/outer.js';
import { accountId, dispatchClass, taoBalance, weight } from '../runtime/types.js';
import { Account, runtimeVersion, specVersionOf, versionWith } from '../pallets/system.js';
import { feeOf } from '../pallets/transaction-payment.js';
import { decodeExtrinsic, uncheckedExtrinsic } from '../node/extrinsic.js';
import { Authorities } from '../pallets/aura.js';

/** What the runtime APIs answer from besides the state. */
export interface CoreFacts {
  readonly blockTimeMs: number;
  apis(): [Uint8Array, number][];
  metadata(version: number, specVersion: number): Uint8Array | null;
}

const METADATA_VERSIONS = [14, 15];
const opaqueMetadata = newtype('sp_core::OpaqueMetadata', bytes, 'Vec<u8>');

const dispatchInfo = struct(
  'pallet_transaction_payment::types::RuntimeDispatchInfo',
  { weight, class: dispatchClass, partial_fee: taoBalance },
  [
    ['Balance', taoBalance],
    ['Weight', weight],
  ],
);

const inclusionFee = struct(
  'pallet_transaction_payment::types::InclusionFee',
  { base_fee: taoBalance, len_fee: taoBalance, adjusted_weight_fee: taoBalance },
  [['Balance', taoBalance]],
);

const feeDetails = struct(
  'pallet_transaction_payment::types::FeeDetails',
  { inclusion_fee: option(inclusionFee), tip: taoBalance },
  [['Balance', taoBalance]],
);

const infoOf = (length: number, call: { weight: number; pays: boolean }) => ({
  weight: { ref_time: BigInt(call.weight), proof_size: 0n },
  class: 'Normal' as const,
  partial_fee: call.pays ? feeOf(call.weight, length) : 0n,
});

const callOf = (body: Uint8Array) => {
  const { extrinsic } = decodeExtrinsic(body);
  if (!extrinsic) throw new ScaleError('the extrinsic does not decode');
  return extrinsic.call;
};

/** The APIs that every Substrate node has, as far as clients ask for them. */
export const coreApis = (facts: CoreFacts): RuntimeApi[] => [
  api('Core', 5, [
    method('version', {}, runtimeVersion, ({ state }) => versionWith(facts.apis(), specVersionOf(state))),
  ]),
  api('Metadata', 2, [
    method(
      'metadata',
      {},
      opaqueMetadata,
      ({ state }) => facts.metadata(14, specVersionOf(state)) ?? new Uint8Array(),
    ),
    method('metadata_at_version', { version: u32 }, option(opaqueMetadata), ({ state }, { version }) =>
      facts.metadata(version, specVersionOf(state)),
    ),
    method('metadata_versions', {}, vec(u32), () => METADATA_VERSIONS),
  ]),
  api('AuraApi', 1, [
    method('slot_duration', {}, newtype('sp_consensus_slots::SlotDuration', u64, 'u64'), () =>
      BigInt(facts.blockTimeMs),
    ),
    method('authorities', {}, Authorities.value, ({ state }) => Authorities.get(state)),
  ]),
  api('AccountNonceApi', 1, [
    method(
      'account_nonce',
      { account: accountId },
      u32,
      ({ state }, { account }) => Account.get(state, account).nonce,
    ),
  ]),
  api('TransactionPaymentApi', 4, [
    method('query_info', { uxt: uncheckedExtrinsic, len: u32 }, dispatchInfo, (_, { uxt, len }) =>
      infoOf(len, callOf(uxt)),
    ),
    method('query_fee_details', { uxt: uncheckedExtrinsic, len: u32 }, feeDetails, (_, { uxt, len }) => {
      const call = callOf(uxt);
      if (!call.pays) return { inclusion_fee: null, tip: 0n };
      const whole = feeOf(call.weight, len);
      const base = feeOf(0, 0);
      const length = BigInt(len);
      const fee = { base_fee: base, len_fee: length, adjusted_weight_fee: whole - base - length };
      return { inclusion_fee: fee, tip: 0n };
    }),
  ]),
  api('TransactionPaymentCallApi', 3, [
    method('query_call_info', { call: runtimeCall, len: u32 }, dispatchInfo, (_, { call, len }) =>
      infoOf(len, call),
    ),
  ]),
];
