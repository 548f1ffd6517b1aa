import {
  bool,
  boundedBytes,
  bytes,
  count64,
  i128,
  i64,
  nameEnum,
  struct,
  tuple,
  u128,
  u16,
  u32,
  u64,
  u8,
  vec,
} from '../../scale/index.js';
import { blake2, identity, twox64 } from '../../runtime/storage.js';
import {
  accountId,
  alphaBalance,
  h256,
  mechId,
  netUid,
  perU16,
  storageIndex,
  taoBalance,
  ZERO_ACCOUNT,
} from '../../runtime/types.js';
import { kit } from './declaration.js';

/*
 * Storage of SubtensorModule. Where an item is per subnet, its default is what the runtime gives a subnet that nobody
 * configured; the devnet's genesis sets what a registered subnet has.
 */
const perSubnet = [identity(netUid)] as const;
const perIndex = [identity(storageIndex)] as const;
const perUid = [identity(netUid), identity(u16)] as const;
const perIndexAndUid = [identity(storageIndex), identity(u16)] as const;

// Who is registered where.
export const Uids = kit.optionalMap('Uids', [identity(netUid), blake2(accountId)], u16);
export const Keys = kit.map('Keys', perUid, accountId, ZERO_ACCOUNT);
export const IsNetworkMember = kit.map('IsNetworkMember', [blake2(accountId), identity(netUid)], bool, false);
export const Owner = kit.map('Owner', [blake2(accountId)], accountId, ZERO_ACCOUNT);
export const OwnedHotkeys = kit.map('OwnedHotkeys', [blake2(accountId)], vec(accountId), []);
export const SubnetworkN = kit.map('SubnetworkN', perSubnet, u16, 0);
export const BlockAtRegistration = kit.map('BlockAtRegistration', perUid, count64, 0);

// Subnets.
export const TotalNetworks = kit.value('TotalNetworks', u16, 0);
export const NetworksAdded = kit.map('NetworksAdded', perSubnet, bool, false);
export const SubnetMechanism = kit.map('SubnetMechanism', perSubnet, u16, 0);
export const SubnetOwner = kit.map('SubnetOwner', perSubnet, accountId, ZERO_ACCOUNT);
export const SubnetOwnerHotkey = kit.map('SubnetOwnerHotkey', perSubnet, accountId, ZERO_ACCOUNT);
export const NetworkRegisteredAt = kit.map('NetworkRegisteredAt', perSubnet, count64, 0);
export const FirstEmissionBlockNumber = kit.optionalMap('FirstEmissionBlockNumber', perSubnet, count64);
export const SubtokenEnabled = kit.map('SubtokenEnabled', perSubnet, bool, false);
export const TransferToggle = kit.map('TransferToggle', perSubnet, bool, true);
export const TokenSymbol = kit.map('TokenSymbol', perSubnet, bytes, new TextEncoder().encode('\u{1d70f}'));
export const NetworkRegistrationAllowed = kit.map('NetworkRegistrationAllowed', perSubnet, bool, true);
export const NetworkPowRegistrationAllowed = kit.map('NetworkPowRegistrationAllowed', perSubnet, bool, true);
export const MechanismCountCurrent = kit.map('MechanismCountCurrent', [twox64(netUid)], mechId, 1);

// Epochs.
export const Tempo = kit.map('Tempo', perSubnet, u16, 10);
export const BlocksSinceLastStep = kit.map('BlocksSinceLastStep', perSubnet, count64, 0);
export const LastMechansimStepBlock = kit.map('LastMechansimStepBlock', perSubnet, count64, 0);
export const LastEpochBlock = kit.map('LastEpochBlock', perSubnet, count64, 0);
export const PendingEpochAt = kit.map('PendingEpochAt', perSubnet, count64, 0);
export const SubnetEpochIndex = kit.map('SubnetEpochIndex', perSubnet, count64, 0);
export const SubnetEpochConsensus = kit.map(
  'SubnetEpochConsensus',
  perSubnet,
  nameEnum('pallet_subtensor::pallet::EpochConsensus', ['Yuma', 'Null']),
  'Yuma',
);
export const ActivityCutoff = kit.map('ActivityCutoff', perSubnet, u16, 5000);
export const MaxEpochsPerBlock = kit.value('MaxEpochsPerBlock', u8, 32);

// What a validator's weights are held to.
export const WeightsSetRateLimit = kit.map('WeightsSetRateLimit', perSubnet, count64, 100);
export const WeightsVersionKey = kit.map('WeightsVersionKey', perSubnet, u64, 0n);
export const MinAllowedWeights = kit.map('MinAllowedWeights', perSubnet, u16, 1024);
export const MaxWeightsLimit = kit.map('MaxWeightsLimit', perSubnet, u16, 65_535);
export const CommitRevealWeightsEnabled = kit.map('CommitRevealWeightsEnabled', perSubnet, bool, true);
export const CommitRevealWeightsVersion = kit.value('CommitRevealWeightsVersion', u16, 4);
export const RevealPeriodEpochs = kit.map('RevealPeriodEpochs', [twox64(netUid)], count64, 1);
export const StakeThreshold = kit.value('StakeThreshold', u64, 0n);
export const TaoWeight = kit.value('TaoWeight', u64, 971_718_665_099_567_868n);

// Weights, set and sealed.
export const Weights = kit.map('Weights', perIndexAndUid, vec(tuple(u16, u16)), []);
export const Bonds = kit.map('Bonds', perIndexAndUid, vec(tuple(u16, u16)), []);
export const LastUpdate = kit.map('LastUpdate', perIndex, vec(count64), []);
export const WeightCommits = kit.optionalMap(
  'WeightCommits',
  [twox64(storageIndex), twox64(accountId)],
  vec(tuple(h256, u64, u64, u64)),
);
export const TimelockedWeightCommits = kit.map(
  'TimelockedWeightCommits',
  [twox64(storageIndex), twox64(count64)],
  vec(tuple(accountId, count64, boundedBytes(5000), u64)),
  [],
);

// What epochs compute, one entry a uid.
export const Active = kit.map('Active', perSubnet, vec(bool), []);
export const Consensus = kit.map('Consensus', perSubnet, vec(perU16), []);
export const Incentive = kit.map('Incentive', perIndex, vec(perU16), []);
export const Dividends = kit.map('Dividends', perSubnet, vec(perU16), []);
export const Emission = kit.map('Emission', perSubnet, vec(alphaBalance), []);
export const ValidatorTrust = kit.map('ValidatorTrust', perSubnet, vec(perU16), []);
export const ValidatorPermit = kit.map('ValidatorPermit', perSubnet, vec(bool), []);

// Stake and the pool.
export const TotalHotkeyAlpha = kit.map(
  'TotalHotkeyAlpha',
  [blake2(accountId), identity(netUid)],
  alphaBalance,
  0n,
);
const safeFloat = struct('share_pool::SafeFloat', { mantissa: u128, exponent: i64 });
const NO_SHARES = { mantissa: 0n, exponent: 0n };
/** What a coldkey holds of a hotkey's alpha. Here shares are alpha, one to one, so the exponent is always 0. */
export const AlphaV2 = kit.map(
  'AlphaV2',
  [blake2(accountId), blake2(accountId), identity(netUid)],
  safeFloat,
  NO_SHARES,
);
export const TotalHotkeySharesV2 = kit.map(
  'TotalHotkeySharesV2',
  [blake2(accountId), identity(netUid)],
  safeFloat,
  NO_SHARES,
);
export const StakingHotkeys = kit.map('StakingHotkeys', [blake2(accountId)], vec(accountId), []);
export const TotalStake = kit.value('TotalStake', taoBalance, 0n);
export const TotalIssuance = kit.value('TotalIssuance', taoBalance, 0n);
export const SubnetTAO = kit.map('SubnetTAO', perSubnet, taoBalance, 0n);
export const SubnetAlphaIn = kit.map('SubnetAlphaIn', perSubnet, alphaBalance, 0n);
export const SubnetAlphaOut = kit.map('SubnetAlphaOut', perSubnet, alphaBalance, 0n);
export const SubnetVolume = kit.map('SubnetVolume', perSubnet, u128, 0n);
export const i96f32 = struct('substrate_fixed::FixedI128', { bits: i128 });
export const SubnetMovingPrice = kit.map('SubnetMovingPrice', perSubnet, i96f32, { bits: 0n });

// Registration and its limits.
export const Burn = kit.map('Burn', perSubnet, taoBalance, 100_000_000n);
export const MinBurn = kit.map('MinBurn', perSubnet, taoBalance, 500_000n);
export const MaxBurn = kit.map('MaxBurn', perSubnet, taoBalance, 100_000_000_000n);
export const RAORecycledForRegistration = kit.map('RAORecycledForRegistration', perSubnet, taoBalance, 0n);
export const MaxAllowedUids = kit.map('MaxAllowedUids', perSubnet, u16, 256);
export const MaxAllowedValidators = kit.map('MaxAllowedValidators', perSubnet, u16, 128);
export const ImmunityPeriod = kit.map('ImmunityPeriod', perSubnet, u16, 4096);
export const CollateralLockShare = kit.map('CollateralLockShare', perSubnet, u16, 0);
export const NetworkRateLimit = kit.value('NetworkRateLimit', u64, 7200n);
export const NetworkMinLockCost = kit.value('NetworkMinLockCost', taoBalance, 1_000_000_000_000n);
export const NetworkLastLockCost = kit.value('NetworkLastLockCost', taoBalance, 1_000_000_000_000n);
export const NetworkLockReductionInterval = kit.value('NetworkLockReductionInterval', u64, 100_800n);
export const NetworkRegistrationStartBlock = kit.value('NetworkRegistrationStartBlock', count64, 0);
export const SubnetLimit = kit.value('SubnetLimit', u16, 128);
export const SubnetLocked = kit.map('SubnetLocked', perSubnet, taoBalance, 0n);
export const StartCallDelay = kit.value('StartCallDelay', count64, 0);
export const AdminFreezeWindow = kit.value('AdminFreezeWindow', u16, 10);
export const OwnerHyperparamRateLimit = kit.value('OwnerHyperparamRateLimit', u16, 2);

// Further hyperparameters that the metagraph shows. Nothing on a devnet depends on them.
export const Rho = kit.map('Rho', perSubnet, u16, 10);
export const Kappa = kit.map('Kappa', perSubnet, u16, 32_767);
export const Difficulty = kit.map('Difficulty', perSubnet, u64, 10_000_000n);
export const MinDifficulty = kit.map('MinDifficulty', perSubnet, u64, 10_000_000n);
export const MaxDifficulty = kit.map('MaxDifficulty', perSubnet, u64, 4_611_686_018_427_387_903n);
export const AdjustmentAlpha = kit.map('AdjustmentAlpha', perSubnet, u64, 0n);
export const AdjustmentInterval = kit.map('AdjustmentInterval', perSubnet, u16, 100);
export const TargetRegistrationsPerInterval = kit.map('TargetRegistrationsPerInterval', perSubnet, u16, 2);
export const MaxRegistrationsPerBlock = kit.map('MaxRegistrationsPerBlock', perSubnet, u16, 1);
export const ServingRateLimit = kit.map('ServingRateLimit', perSubnet, u64, 50n);
export const BondsMovingAverage = kit.map('BondsMovingAverage', perSubnet, u64, 900_000n);
export const LiquidAlphaOn = kit.map('LiquidAlphaOn', [blake2(netUid)], bool, false);
export const AlphaValues = kit.map('AlphaValues', perSubnet, tuple(u16, u16), [45_875, 58_982]);

// Who a neuron says it is.
export const axonInfo = struct('pallet_subtensor::pallet::AxonInfo', {
  block: u64,
  version: u32,
  ip: u128,
  port: u16,
  ip_type: u8,
  protocol: u8,
  placeholder1: u8,
  placeholder2: u8,
});
export const prometheusInfo = struct('pallet_subtensor::pallet::PrometheusInfo', {
  block: u64,
  version: u32,
  ip: u128,
  port: u16,
  ip_type: u8,
});
export const chainIdentity = struct('pallet_subtensor::pallet::ChainIdentityV2', {
  name: bytes,
  url: bytes,
  github_repo: bytes,
  image: bytes,
  discord: bytes,
  description: bytes,
  additional: bytes,
});
export const subnetIdentity = struct('pallet_subtensor::pallet::SubnetIdentityV3', {
  subnet_name: bytes,
  github_repo: bytes,
  subnet_contact: bytes,
  subnet_url: bytes,
  discord: bytes,
  description: bytes,
  logo_url: bytes,
  additional: bytes,
});
const perHotkey = [identity(netUid), blake2(accountId)] as const;
export const Axons = kit.optionalMap('Axons', perHotkey, axonInfo);
export const Prometheus = kit.optionalMap('Prometheus', perHotkey, prometheusInfo);
export const IdentitiesV2 = kit.optionalMap('IdentitiesV2', [blake2(accountId)], chainIdentity);
export const SubnetIdentitiesV3 = kit.optionalMap('SubnetIdentitiesV3', [blake2(netUid)], subnetIdentity);
