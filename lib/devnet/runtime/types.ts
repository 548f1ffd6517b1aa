import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import {
  bytes,
  compact,
  enumeration,
  fixedBytes,
  hexBytes,
  nameEnum,
  newtype,
  struct,
  u16,
  u32,
  u64,
  u8,
  unit,
  type Codec,
  type ValueOf,
} from '../scale/index.js';

/** A public key of 32 bytes, hex without `0x`. */
export type AccountId = string;

export const accountId = newtype('sp_core::crypto::AccountId32', hexBytes(32), '[u8; 32]');
export const ZERO_ACCOUNT: AccountId = '00'.repeat(32);

/** A hash of 32 bytes, hex without `0x`. */
export const h256 = newtype('primitive_types::H256', hexBytes(32), '[u8; 32]');

export const netUid = newtype('subtensor_runtime_common::NetUid', u16, 'u16');
export const storageIndex = newtype('subtensor_runtime_common::NetUidStorageIndex', u16, 'u16');
export const mechId = newtype('subtensor_runtime_common::MechId', u8, 'u8');
/** rao: 1e-9 TAO. */
export const taoBalance = newtype('subtensor_runtime_common::currency::TaoBalance', u64, 'u64');
export const alphaBalance = newtype('subtensor_runtime_common::currency::AlphaBalance', u64, 'u64');
export const perU16 = newtype('sp_arithmetic::per_things::PerU16', u16, 'u16');

/** `Compact<()>`: no bytes. */
const compactUnit: Codec<null> = { ...unit, info: { kind: 'compact', of: unit } };

export const multiAddress = enumeration(
  'sp_runtime::multiaddress::MultiAddress',
  {
    Id: [0, accountId],
    Index: [1, compactUnit],
    Raw: [2, bytes],
    Address32: [3, hexBytes(32)],
    Address20: [4, hexBytes(20)],
  },
  [
    ['AccountId', accountId],
    ['AccountIndex', unit],
  ],
);
export type MultiAddress = ValueOf<typeof multiAddress>;

export const multiSignature = enumeration('sp_runtime::MultiSignature', {
  Ed25519: [0, fixedBytes(64)],
  Sr25519: [1, fixedBytes(64)],
  Ecdsa: [2, fixedBytes(65)],
});
export type MultiSignature = ValueOf<typeof multiSignature>;

export const multiSigner = enumeration('sp_runtime::MultiSigner', {
  Ed25519: [0, hexBytes(32)],
  Sr25519: [1, hexBytes(32)],
  Ecdsa: [2, fixedBytes(33)],
});

export const weight = struct('sp_weights::weight_v2::Weight', {
  ref_time: compact(u64),
  proof_size: compact(u64),
});
export type Weight = ValueOf<typeof weight>;

export const dispatchClass = nameEnum('frame_support::dispatch::DispatchClass', [
  'Normal',
  'Operational',
  'Mandatory',
]);
export const pays = nameEnum('frame_support::dispatch::Pays', ['Yes', 'No']);

export const dispatchEventInfo = struct('frame_system::DispatchEventInfo', {
  weight,
  class: dispatchClass,
  pays_fee: pays,
});

export const compactU32 = compact(u32);

export const hex = bytesToHex;
export const unhex = hexToBytes;
