import { coreApis } from '../apis/core.js';
import { neuronInfoApi } from '../apis/neuron-info.js';
import { subnetInfoApi } from '../apis/subnet-info.js';
import { metadataBytes } from '../metadata/metadata.js';
import { adminUtils } from '../pallets/admin-utils.js';
import { aura } from '../pallets/aura.js';
import { balances } from '../pallets/balances.js';
import { commitments } from '../pallets/commitments/index.js';
import { drand } from '../pallets/drand.js';
import { subtensor } from '../pallets/subtensor/index.js';
import { sudo } from '../pallets/sudo.js';
import { system } from '../pallets/system.js';
import { timestamp } from '../pallets/timestamp.js';
import { transactionPayment } from '../pallets/transaction-payment.js';
import { utility } from '../pallets/utility.js';
import { apiId, type RuntimeApi } from './api.js';
import { bindOuterEnums } from './outer.js';
import type { Pallet } from './pallet.js';
import type { RuntimeSettings } from './settings.js';

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
  commitments,
  adminUtils,
  drand,
];

bindOuterEnums(PALLETS);

/** The runtime of one devnet: its pallets, its APIs and the metadata that describes both. */
export interface Runtime {
  readonly settings: RuntimeSettings;
  readonly pallets: readonly Pallet[];
  readonly apis: readonly RuntimeApi[];
  /** SCALE metadata with its magic number; null for a version that is not offered. */
  metadata(version: number): Uint8Array | null;
}

export const createRuntime = (blockTimeMs: number): Runtime => {
  const made = new Map<number, Uint8Array>();
  const metadata = (version: number): Uint8Array | null => {
    if (version !== 14 && version !== 15) return null;
    const bytes = made.get(version) ?? metadataBytes(version, PALLETS, apis, settings);
    made.set(version, bytes);
    return bytes;
  };
  const apis = [
    ...coreApis({ blockTimeMs, apis: () => settings.apis.map(([id, version]) => [id, version]), metadata }),
    neuronInfoApi,
    subnetInfoApi,
  ];
  const settings: RuntimeSettings = {
    blockTimeMs,
    apis: apis.map((each) => [apiId(each), each.version]),
  };
  return { settings, pallets: PALLETS, apis, metadata };
};
