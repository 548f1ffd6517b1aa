/** What the metadata of a devnet depends on. */
export interface RuntimeSettings {
  /** Milliseconds between blocks: the constant `Aura.SlotDuration`. */
  readonly blockTimeMs: number;
  readonly specVersion: number;
  /** Ids and versions of the runtime APIs. */
  readonly apis: readonly (readonly [id: Uint8Array, version: number])[];
}

/**
 * The runtime that a devnet begins with. 461 is the newest one whose metadata is at hand;
 * `SubnetEpochConsensus`, which the SDK reads and 461 lacks, is in it too, so the number is one of our own above.
 */
export const RUNTIME_VERSION = {
  specName: 'node-subtensor',
  implName: 'node-subtensor',
  authoringVersion: 1,
  specVersion: 475,
  implVersion: 1,
  transactionVersion: 1,
  systemVersion: 1,
} as const;

export const SS58_PREFIX = 42;
