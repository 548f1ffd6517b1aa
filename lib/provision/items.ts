/**
 * What can be provisioned. `test-server`, `evaluator-dev` and `official-sdk` serve the tests only; `corpus` serves
 * `crusades benchmark setup`, at its first use.
 */
export const PROVISION_ITEMS = [
  'temporal-cli',
  'test-server',
  'postgres',
  'evaluator',
  'evaluator-dev',
  'corpus',
  'official-sdk',
] as const;

export type ProvisionItem = (typeof PROVISION_ITEMS)[number];

/** What people read. */
export const ITEM_TITLES: Readonly<Record<ProvisionItem, string>> = {
  'temporal-cli': 'Temporal server',
  'test-server': 'Temporal test server',
  postgres: 'Postgres',
  evaluator: 'evaluator environment (PyTorch)',
  'evaluator-dev': 'evaluator environment for tests',
  corpus: 'environment for data sets and tokenizers',
  'official-sdk': 'environment of the official Bittensor SDK for tests',
};

/** Told while an item is provisioned; `note` says what is being done. */
export interface ProvisionProgress {
  readonly item: ProvisionItem;
  readonly title: string;
  readonly state: 'started' | 'note' | 'done' | 'failed';
  readonly note?: string;
}
