import { concatBytes } from '@noble/hashes/utils.js';
import {
  bytes,
  compact,
  encodeWith,
  fixedBytes,
  nameEnum,
  newtype,
  option,
  pathOf,
  readLength,
  ScaleError,
  Sink,
  Source,
  struct,
  tuple,
  u32,
  u8,
  writeCompact,
  type Codec,
} from '../scale/index.js';
import { blake256 } from '../runtime/hashing.js';
import { runtimeCall } from '../runtime/outer.js';
import type { RuntimeCall } from '../runtime/pallet.js';
import { RUNTIME_VERSION } from '../runtime/settings.js';
import {
  multiAddress,
  multiSignature,
  taoBalance,
  unhex,
  type AccountId,
  type MultiAddress,
  type MultiSignature,
} from '../runtime/types.js';
import { isSignedBy } from './signatures.js';

/** How long a transaction is valid: for ever, or for a power of two of blocks from a phase on. */
export type Era = { readonly period: number; readonly phase: number } | null;

const era: Codec<Era> = {
  info: {
    kind: 'variant',
    path: pathOf('sp_runtime::generic::era::Era'),
    variants: () => [
      { name: 'Immortal', index: 0, fields: [] },
      ...Array.from({ length: 255 }, (_, i) => ({
        name: `Mortal${i + 1}`,
        index: i + 1,
        fields: [{ type: u8 }],
      })),
    ],
  },
  encode: (value, sink) => {
    if (!value) return sink.byte(0);
    const quantize = Math.max(1, value.period >> 12);
    const low = Math.min(15, Math.max(1, Math.log2(value.period) - 1));
    sink.unsigned(BigInt(low | ((value.phase / quantize) << 4)), 2);
  },
  decode: (source) => {
    const first = source.byte();
    if (first === 0) return null;
    const encoded = first | (source.byte() << 8);
    const period = 2 << (encoded & 15);
    const phase = (encoded >> 4) * Math.max(1, period >> 12);
    if (period < 4 || phase >= period) throw new ScaleError('no such era');
    return { period, phase };
  },
};

const mode = nameEnum('frame_metadata_hash_extension::Mode', ['Disabled', 'Enabled']);

/** A signed extension: what it adds to an extrinsic, and what only to the bytes that are signed. */
export interface Extension {
  readonly identifier: string;
  readonly type: Codec<unknown>;
  readonly additional: Codec<unknown>;
}

const none = (path: string): Codec<unknown> => struct(path, {});
const unitType = { info: { kind: 'tuple', of: [] }, encode: () => undefined, decode: () => null } as const;
const hash: Codec<Uint8Array> = newtype('primitive_types::H256', fixedBytes(32), '[u8; 32]');

const extension = (
  identifier: string,
  type: Codec<unknown>,
  additional: Codec<unknown> = unitType,
): Extension => ({
  identifier,
  type,
  additional,
});

/** In the order of the runtime, which is the order of the bytes. */
export const EXTENSIONS: readonly Extension[] = [
  extension(
    'CheckNonZeroSender',
    none('frame_system::extensions::check_non_zero_sender::CheckNonZeroSender'),
  ),
  extension('CheckSpecVersion', none('frame_system::extensions::check_spec_version::CheckSpecVersion'), u32),
  extension('CheckTxVersion', none('frame_system::extensions::check_tx_version::CheckTxVersion'), u32),
  extension('CheckGenesis', none('frame_system::extensions::check_genesis::CheckGenesis'), hash),
  extension(
    'CheckMortality',
    newtype('node_subtensor_runtime::check_mortality::CheckMortality', era, 'Era'),
    hash,
  ),
  extension('CheckNonce', newtype('node_subtensor_runtime::check_nonce::CheckNonce', compact(u32))),
  extension('CheckWeight', none('frame_system::extensions::check_weight::CheckWeight')),
  extension(
    'ChargeTransactionPayment',
    newtype('pallet_transaction_payment::ChargeTransactionPayment', compact(taoBalance)),
  ),
  extension(
    'SudoTransactionExtension',
    none('node_subtensor_runtime::sudo_wrapper::SudoTransactionExtension'),
  ),
  extension('CheckShieldedTxValidity', none('pallet_shield::extension::CheckShieldedTxValidity')),
  extension(
    'SubtensorTransactionExtension',
    none('pallet_subtensor::extensions::subtensor::SubtensorTransactionExtension'),
  ),
  extension('DrandPriority', none('pallet_drand::drand_priority::DrandPriority')),
  extension(
    'CheckMetadataHash',
    struct('frame_metadata_hash_extension::CheckMetadataHash', { mode }),
    option(fixedBytes(32)),
  ),
];

/** What the extensions add to an extrinsic, in one. */
export const extra = tuple(...EXTENSIONS.map(({ type }) => type));

/** An extrinsic as an argument and as the metadata names it; here its bytes without the length. */
export const uncheckedExtrinsic: Codec<Uint8Array> = {
  ...bytes,
  info: {
    kind: 'composite',
    path: pathOf('sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic'),
    params: [
      { name: 'Address', type: multiAddress },
      { name: 'Call', type: runtimeCall },
      { name: 'Signature', type: multiSignature },
      { name: 'Extra', type: extra },
    ],
    fields: [{ type: bytes }],
  },
};

const signedPart = struct('', {
  address: multiAddress,
  signature: multiSignature,
  era,
  nonce: compact(u32),
  tip: compact(taoBalance),
  mode,
});

export interface Signed {
  readonly address: MultiAddress;
  readonly signature: MultiSignature;
  readonly era: Era;
  readonly nonce: number;
  readonly tip: bigint;
  readonly mode: 'Disabled' | 'Enabled';
}

export interface Extrinsic {
  /** Null: an inherent or another unsigned one. */
  readonly signed: Signed | null;
  readonly call: RuntimeCall;
  /** The call's bytes, which are part of what is signed. */
  readonly callBytes: Uint8Array;
}

export type Decoded =
  { readonly extrinsic: Extrinsic } | { readonly extrinsic: null; readonly reason: string };

const SIGNED_V4 = 0x84;
const UNSIGNED_V4 = 0x04;

/** Reads an extrinsic without its length prefix, format version 4. Any bytes are welcome. */
export const decodeExtrinsic = (body: Uint8Array): Decoded => {
  try {
    const source = new Source(body);
    const version = source.byte();
    if (version !== SIGNED_V4 && version !== UNSIGNED_V4)
      throw new ScaleError('extrinsic format version is not 4');
    const signed = version === SIGNED_V4 ? signedPart.decode(source) : null;
    const start = source.position;
    const call = runtimeCall.decode(source);
    source.end();
    return { extrinsic: { signed, call, callBytes: source.since(start) } };
  } catch (error) {
    if (error instanceof ScaleError) return { extrinsic: null, reason: error.message };
    throw error;
  }
};

/** Takes the length prefix off; null when it does not state exactly what follows. */
export const withoutLength = (bytes: Uint8Array): Uint8Array | null => {
  try {
    const source = new Source(bytes);
    return readLength(source) === source.left ? source.take(source.left) : null;
  } catch {
    return null;
  }
};

/** An unsigned extrinsic with its length prefix, as a block's author puts one in. */
export const unsignedExtrinsic = (call: RuntimeCall): Uint8Array => {
  const body = concatBytes(Uint8Array.of(UNSIGNED_V4), encodeWith(runtimeCall, call));
  const sink = new Sink();
  writeCompact(body.length, sink);
  sink.write(body);
  return sink.bytes;
};

/** Block from which an era counts, seen from block `current`. */
export const birthOf = (
  { period, phase }: { readonly period: number; readonly phase: number },
  current: number,
): number => Math.floor((Math.max(current, phase) - phase) / period) * period + phase;

/** Whether `who` signed the extrinsic for this chain and this runtime. Hashes are hex. */
export const isProperlySigned = (
  { signed, callBytes }: Extrinsic,
  who: AccountId,
  chain: { readonly genesisHash: string; readonly birthHash: string; readonly specVersion: number },
): boolean => {
  if (!signed) return false;
  const sink = new Sink();
  sink.write(callBytes);
  era.encode(signed.era, sink);
  writeCompact(signed.nonce, sink);
  writeCompact(signed.tip, sink);
  sink.byte(signed.mode === 'Enabled' ? 1 : 0);
  sink.unsigned(BigInt(chain.specVersion), 4);
  sink.unsigned(BigInt(RUNTIME_VERSION.transactionVersion), 4);
  sink.write(unhex(chain.genesisHash));
  sink.write(unhex(chain.birthHash));
  // The digest of mode 1 is that of the metadata; a devnet has software keys only and offers mode 0.
  sink.byte(0);
  const payload = sink.bytes;
  return isSignedBy(who, payload.length > 256 ? blake256(payload) : payload, signed.signature);
};
