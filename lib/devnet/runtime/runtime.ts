import { coreApis } from '../apis/core.js';
import { neuronInfoApi } from '../apis/neuron-info.js';
import { stakeInfoApi } from '../apis/stake-info.js';
import { subnetInfoApi, subnetRegistrationApi } from '../apis/subnet-info.js';
import { swapApi } from '../apis/swap.js';
import { metadataBytes } from '../metadata/metadata.js';
import { adminUtils } from '../pallets/admin-utils.js';
import { aura } from '../pallets/aura.js';
import { balances } from '../pallets/balances.js';
import { commitments } from '../pallets/commitments/index.js';
import { drand } from '../pallets/drand.js';
import { proxy } from '../pallets/proxy.js';
import { subtensor } from '../pallets/subtensor/index.js';
import { sudo } from '../pallets/sudo.js';
import { swap } from '../pallets/swap.js';
import { system } from '../pallets/system.js';
import { timestamp } from '../pallets/timestamp.js';
import { transactionPayment } from '../pallets/transaction-payment.js';
import { utility } from '../pallets/utility.js';
import { apiId, type RuntimeApi } from './api.js';
import { bindOuterEnums } from './outer.js';
import type { Pallet } from './pallet.js';
import { RUNTIME_VERSION, type RuntimeSettings } from './settings.js';

/** In the order of their indices, which is the order of their hooks. */
export const PALLETS: readonly Pallet[] = [
  system,
  timestamp,
  aura,
  balances,
  transactionPayment,
  subtensor,
  utility,
  sudo,
  proxy,
  commitments,
  adminUtils,
  drand,
  swap,
];

bindOuterEnums(PALLETS);

/** The runtime of one devnet: its pallets, its APIs and the metadata that describes both. */
export interface Runtime {
  readonly settings: RuntimeSettings;
  readonly pallets: readonly Pallet[];
  readonly apis: readonly RuntimeApi[];
  /** SCALE metadata with its magic number, of the runtime of a spec version; null for a version that is not offered. */
  metadata(version: number, specVersion: number): Uint8Array | null;
}

export const createRuntime = (blockTimeMs: number): Runtime => {
  const made = new Map<string, Uint8Array>();
  const metadata = (version: number, specVersion: number): Uint8Array | null => {
    if (version !== 14 && version !== 15) return null;
    const key = `${version} ${specVersion}`;
    const bytes = made.get(key) ?? metadataBytes(version, PALLETS, apis, { ...settings, specVersion });
    made.set(key, bytes);
    return bytes;
  };
  const apis = [
    ...coreApis({ blockTimeMs, apis: () => settings.apis.map(([id, version]) => [id, version]), metadata }),
    neuronInfoApi,
    subnetInfoApi,
    stakeInfoApi,
    subnetRegistrationApi,
    swapApi,
  ];
  const settings: RuntimeSettings = {
    blockTimeMs,
    specVersion: RUNTIME_VERSION.specVersion,
    apis: apis.map((each) => [apiId(each), each.version]),
  };
  return { settings, pallets: PALLETS, apis, metadata };
};

/** The metadata that a devnet serves, in SCALE beginning with `meta`. */
export const devnetMetadata = (version: 14 | 15, blockTimeMs: number): Uint8Array =>
  createRuntime(blockTimeMs).metadata(version, RUNTIME_VERSION.specVersion) ?? new Uint8Array();
