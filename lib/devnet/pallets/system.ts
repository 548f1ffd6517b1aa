import {
  bytes,
  compact,
  enumeration,
  fixedBytes,
  newtype,
  str,
  struct,
  tuple,
  u128,
  u16,
  u32,
  u64,
  u8,
  vec,
  type Codec,
  type ValueOf,
} from '../scale/index.js';
import { ensureRoot, signedBy, type Context } from '../runtime/context.js';
import { dispatchError } from '../runtime/errors.js';
import { runtimeEvent } from '../runtime/outer.js';
import { PalletKit } from '../runtime/pallet.js';
import { RUNTIME_VERSION, SS58_PREFIX } from '../runtime/settings.js';
import type { StateReader } from '../runtime/state.js';
import { blake2, twox64 } from '../runtime/storage.js';
import { blake256 } from '../runtime/hashing.js';
import { accountId, dispatchEventInfo, h256, hex, taoBalance } from '../runtime/types.js';

const kit = new PalletKit('System', 0, 'frame_system');

export const accountData = struct(
  'pallet_balances::types::AccountData',
  {
    free: taoBalance,
    reserved: taoBalance,
    frozen: taoBalance,
    flags: newtype('pallet_balances::types::ExtraFlags', u128, 'u128'),
  },
  [['Balance', taoBalance]],
);

const accountInfo = struct(
  'frame_system::AccountInfo',
  { nonce: u32, consumers: u32, providers: u32, sufficients: u32, data: accountData },
  [
    ['Nonce', u32],
    ['AccountData', accountData],
  ],
);
export type AccountInfo = ValueOf<typeof accountInfo>;

export const EMPTY_ACCOUNT: AccountInfo = {
  nonce: 0,
  consumers: 0,
  providers: 0,
  sufficients: 0,
  // The flag says that the account's locks are kept in the newer way.
  data: { free: 0n, reserved: 0n, frozen: 0n, flags: 1n << 127n },
};

const phase = enumeration('frame_system::Phase', {
  ApplyExtrinsic: [0, u32],
  Finalization: [1],
  Initialization: [2],
});
export type Phase = ValueOf<typeof phase>;

const eventRecord = struct('frame_system::EventRecord', { phase, event: runtimeEvent, topics: vec(h256) }, [
  ['E', runtimeEvent],
  ['T', h256],
]);

export const digest = struct('sp_runtime::generic::digest::Digest', {
  logs: vec(
    enumeration('sp_runtime::generic::digest::DigestItem', {
      PreRuntime: [6, [fixedBytes(4), bytes]],
      Consensus: [4, [fixedBytes(4), bytes]],
      Seal: [5, [fixedBytes(4), bytes]],
      Other: [0, bytes],
      RuntimeEnvironmentUpdated: [8],
    }),
  ),
});
export type Digest = ValueOf<typeof digest>;

/** `Cow<'static, T>`: the value itself, under a name of its own. */
const cow = <T>(of: Codec<T>): Codec<T> => ({
  ...of,
  info: { kind: 'composite', path: ['Cow'], params: [{ name: 'T', type: of }], fields: [{ type: of }] },
});

export const runtimeVersion = struct('sp_version::RuntimeVersion', {
  spec_name: cow(str),
  impl_name: cow(str),
  authoring_version: u32,
  spec_version: u32,
  impl_version: u32,
  apis: cow(vec(tuple(fixedBytes(8), u32))),
  transaction_version: u32,
  system_version: u8,
});

/** The value of `System.Version`; the runtime APIs' ids come from the runtime, which knows them. */
export const versionWith = (
  apis: [Uint8Array, number][],
  specVersion: number,
): ValueOf<typeof runtimeVersion> => ({
  spec_name: RUNTIME_VERSION.specName,
  impl_name: RUNTIME_VERSION.implName,
  authoring_version: RUNTIME_VERSION.authoringVersion,
  spec_version: specVersion,
  impl_version: RUNTIME_VERSION.implVersion,
  apis,
  transaction_version: RUNTIME_VERSION.transactionVersion,
  system_version: RUNTIME_VERSION.systemVersion,
});

export const Account = kit.map('Account', [blake2(accountId)], accountInfo, EMPTY_ACCOUNT);
export const ExtrinsicCount = kit.optionalValue('ExtrinsicCount', u32);
const ZERO_HASH = '00'.repeat(32);
/** Blocks whose hashes the state keeps. */
export const BLOCK_HASH_COUNT = 2400;
export const BlockHash = kit.map('BlockHash', [twox64(u32)], h256, ZERO_HASH);
export const BlockNumber = kit.value('Number', u32, 0);
export const ParentHash = kit.value('ParentHash', h256, ZERO_HASH);
export const CurrentDigest = kit.value('Digest', digest, { logs: [] });
export const Events = kit.value('Events', vec(eventRecord), []);
export const EventCount = kit.value('EventCount', u32, 0);
export const LastRuntimeUpgrade = kit.optionalValue(
  'LastRuntimeUpgrade',
  struct('frame_system::LastRuntimeUpgradeInfo', { spec_version: compact(u32), spec_name: cow(str) }),
);

/** Spec version of the runtime whose state this is. */
export const specVersionOf = (state: StateReader): number =>
  LastRuntimeUpgrade.get(state)?.spec_version ?? RUNTIME_VERSION.specVersion;

/** Goes over to the runtime of another spec version: what is signed for the one before is no longer valid. */
export const upgradeTo = (context: Context, specVersion: number): void => {
  const { state } = context;
  LastRuntimeUpgrade.put(state, { spec_version: specVersion, spec_name: RUNTIME_VERSION.specName });
  CurrentDigest.put(state, {
    logs: [...CurrentDigest.get(state).logs, { kind: 'RuntimeEnvironmentUpdated', value: null }],
  });
  context.deposit(CodeUpdated({}));
};

export const ExtrinsicSuccess = kit.event(0, 'ExtrinsicSuccess', { dispatch_info: dispatchEventInfo });
export const ExtrinsicFailed = kit.event(1, 'ExtrinsicFailed', {
  dispatch_error: dispatchError,
  dispatch_info: dispatchEventInfo,
});
const CodeUpdated = kit.event(2, 'CodeUpdated', {});
export const NewAccount = kit.event(3, 'NewAccount', { account: accountId });
export const KilledAccount = kit.event(4, 'KilledAccount', { account: accountId });
const Remarked = kit.event(5, 'Remarked', { sender: accountId, hash: h256 });

kit.errors([
  'InvalidSpecName',
  'SpecVersionNeedsToIncrease',
  'FailedToExtractRuntimeVersion',
  'NonDefaultComposite',
  'NonZeroRefCount',
  'CallFiltered',
  'MultiBlockMigrationsOngoing',
  'NothingAuthorized',
  'Unauthorized',
]);

kit.call(0, 'remark', { remark: bytes }, {}, (_context, origin) => {
  if (origin.kind === 'none') signedBy(origin);
});
kit.call(4, 'set_storage', { items: vec(tuple(bytes, bytes)) }, {}, (context, origin, { items }) => {
  ensureRoot(origin);
  for (const [key, value] of items) context.state.put(hex(key), value);
});
kit.call(7, 'remark_with_event', { remark: bytes }, {}, (context, origin, { remark }) => {
  context.deposit(Remarked({ sender: signedBy(origin), hash: hex(blake256(remark)) }));
});

const perClass = <T>(of: Codec<T>) =>
  struct('frame_support::dispatch::PerDispatchClass', { normal: of, operational: of, mandatory: of }, [
    ['T', of],
  ]);

kit.constant('BlockLength', struct('frame_system::limits::BlockLength', { max: perClass(u32) }), {
  max: { normal: 7_864_320, operational: 10_485_760, mandatory: 10_485_760 },
});
kit.constant('BlockHashCount', u32, BLOCK_HASH_COUNT);
kit.constant('DbWeight', struct('sp_weights::RuntimeDbWeight', { read: u64, write: u64 }), {
  read: 25_000_000n,
  write: 100_000_000n,
});
kit.constant('Version', runtimeVersion, ({ apis, specVersion }) =>
  versionWith(
    apis.map(([id, version]) => [id, version]),
    specVersion,
  ),
);
kit.constant('SS58Prefix', u16, SS58_PREFIX);

export const system = kit.done();
