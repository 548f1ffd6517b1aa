/** Numbers of polkadot-js's plain JSON: small ones as numbers, large ones as `0x…` text. */

export const plainBigInt = (value: unknown): bigint =>
  typeof value === 'number' || typeof value === 'string' ? BigInt(value) : 0n;

/** Exact below 2^53; a miner may write any u64, so whatever is larger only has to stay large. */
export const plainNumber = (value: unknown): number => Number(plainBigInt(value));

export const plainList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : [];
