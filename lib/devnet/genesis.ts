import { sha256 } from '@noble/hashes/sha2.js';
import { QUICKNET } from '../timelock/index.js';
import {
  AUTHORITY_PATH,
  CRUSADES_NETUID,
  developmentAccount,
  FUNDED_ACCOUNTS,
  GENESIS_NEURONS,
  SUDO_PATH,
} from './accounts.js';
import { Authorities } from './pallets/aura.js';
import { setFree } from './pallets/balances.js';
import { MaxSpace } from './pallets/commitments/index.js';
import { BeaconConfig, beaconWith, Pulses, type Pulse } from './pallets/drand.js';
import { placeNeuron, setAt } from './pallets/subtensor/neurons.js';
import { changeStake } from './pallets/subtensor/stake.js';
import * as store from './pallets/subtensor/storage.js';
import { Key } from './pallets/sudo.js';
import { LastRuntimeUpgrade } from './pallets/system.js';
import { Now } from './pallets/timestamp.js';
import type { Context } from './runtime/context.js';

import { RUNTIME_VERSION } from './runtime/settings.js';
import { unhex } from './runtime/types.js';

/** What a devnet begins with. Blocks are numbers, amounts are TAO where not said otherwise. */
export interface GenesisOptions {
  /** Blocks between two weights of a hotkey on the crusades subnet. */
  readonly weightsRateLimit: number;
  /** Whether the crusades subnet takes weights only as timelocked commits. */
  readonly commitReveal: boolean;
  /** Epochs from a weight commit to its reveal. */
  readonly revealPeriodEpochs: number;
  /** Blocks an epoch takes, on every subnet. */
  readonly tempo: number;
  readonly minAllowedWeights: number;
  readonly weightsVersionKey: number;
  /** Price of a registration on the crusades subnet. */
  readonly burn: number;
  /** Blocks for which a new neuron cannot be replaced. */
  readonly immunityPeriod: number;
  readonly maxAllowedUids: number;
  /** Blocks before an epoch in which hyperparameters are frozen. A real chain has 10. */
  readonly adminFreezeWindow: number;
  /** Alpha stake of the genesis validator. */
  readonly validatorStake: number;
  /** Bytes of commitments that a hotkey has an epoch. */
  readonly commitmentSpace: number;
}

export const DEFAULT_GENESIS: GenesisOptions = {
  weightsRateLimit: 10,
  commitReveal: false,
  revealPeriodEpochs: 1,
  tempo: 100,
  minAllowedWeights: 1,
  weightsVersionKey: 0,
  burn: 0.1,
  immunityPeriod: 5000,
  maxAllowedUids: 256,
  adminFreezeWindow: 0,
  validatorStake: 10_000,
  commitmentSpace: 3100,
};

const RAO = 1_000_000_000;
const rao = (tao: number): bigint => BigInt(Math.round(tao * RAO));

const SUBNETS = [0, 1, 2, CRUSADES_NETUID];

/** Writes the state of block 0. */
export const writeGenesis = (
  context: Context,
  options: GenesisOptions,
  beaconPublicKey: Uint8Array,
  timestampMs: number,
): void => {
  const { state } = context;
  Now.put(state, BigInt(timestampMs));
  LastRuntimeUpgrade.put(state, {
    spec_version: RUNTIME_VERSION.specVersion,
    spec_name: RUNTIME_VERSION.specName,
  });
  Key.put(state, developmentAccount(SUDO_PATH));
  Authorities.put(state, [developmentAccount(AUTHORITY_PATH)]);
  for (const [path, tao] of Object.entries(FUNDED_ACCOUNTS))
    setFree(context, developmentAccount(path), rao(tao));
  writeBeacon(context, beaconPublicKey);
  MaxSpace.put(state, options.commitmentSpace);
  store.AdminFreezeWindow.put(state, options.adminFreezeWindow);
  store.NetworkRateLimit.put(state, 0n);
  store.TotalNetworks.put(state, SUBNETS.length);
  for (const netuid of SUBNETS) writeSubnet(context, netuid, options);
  writeCrusadesSubnet(context, options);
};

/** The beacon's own key, and the two genuine quicknet pulses with which the official packages' seals can be opened. */
const writeBeacon = ({ state }: Context, publicKey: Uint8Array): void => {
  BeaconConfig.put(state, beaconWith(publicKey));
  for (const [round, signature] of Object.entries(QUICKNET.knownSignatures)) {
    Pulses.put(state, BigInt(round), pulseOf(Number(round), unhex(signature)));
  }
};

/** A pulse as drand publishes it: its randomness is the hash of the signature. */
export const pulseOf = (round: number, signature: Uint8Array): Pulse => ({
  round: BigInt(round),
  randomness: sha256(signature),
  signature,
});

const writeSubnet = ({ state }: Context, netuid: number, options: GenesisOptions): void => {
  store.NetworksAdded.put(state, netuid, true);
  store.Tempo.put(state, netuid, options.tempo);
  store.MinAllowedWeights.put(state, netuid, options.minAllowedWeights);
  store.SubnetworkN.put(state, netuid, 0);
  store.MaxAllowedUids.put(state, netuid, options.maxAllowedUids);
  store.ImmunityPeriod.put(state, netuid, options.immunityPeriod);
  store.RevealPeriodEpochs.put(state, netuid, options.revealPeriodEpochs);
  store.Burn.put(state, netuid, rao(options.burn));
  if (netuid === 0) return;
  store.SubnetMechanism.put(state, netuid, 1);
  store.SubnetOwner.put(state, netuid, developmentAccount(SUDO_PATH));
  store.SubnetTAO.put(state, netuid, rao(10));
  store.SubnetAlphaIn.put(state, netuid, rao(10));
  store.SubtokenEnabled.put(state, netuid, true);
  store.FirstEmissionBlockNumber.put(state, netuid, 1);
};

const writeCrusadesSubnet = (context: Context, options: GenesisOptions): void => {
  const { state } = context;
  const netuid = CRUSADES_NETUID;
  store.WeightsSetRateLimit.put(state, netuid, options.weightsRateLimit);
  store.CommitRevealWeightsEnabled.put(state, netuid, options.commitReveal);
  store.WeightsVersionKey.put(state, netuid, BigInt(options.weightsVersionKey));
  for (const { uid, hotkeyPath, coldkeyPath } of Object.values(GENESIS_NEURONS)) {
    placeNeuron(context, netuid, uid, developmentAccount(hotkeyPath), developmentAccount(coldkeyPath));
  }
  const { owner, validator } = GENESIS_NEURONS;
  store.SubnetOwnerHotkey.put(state, netuid, developmentAccount(owner.hotkeyPath));
  changeStake(
    state,
    developmentAccount(validator.hotkeyPath),
    developmentAccount(validator.coldkeyPath),
    netuid,
    rao(options.validatorStake),
  );
  store.SubnetAlphaOut.put(state, netuid, rao(options.validatorStake));
  setAt(state, store.ValidatorPermit, netuid, validator.uid, true);
};
