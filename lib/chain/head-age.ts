/** twox128 of `Timestamp` and of `Now`: the same on every Substrate chain. */
export const TIMESTAMP_NOW = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb';

export interface ProbedHead {
  readonly number: number;
  /** Seconds since the head's own timestamp by this machine's clock; negative when the chain is ahead of it. */
  readonly ageSeconds: number;
}

/**
 * The best block of a node, from its header and the value of {@link TIMESTAMP_NOW}, both as JSON-RPC has them. A chain
 * without a timestamp is as old as time.
 *
 * @throws Error for anything else: one node's nonsense must not be compared with what others say
 */
export const probedHead = (header: unknown, now: unknown): ProbedHead => {
  const { number: hex } = (header ?? {}) as { readonly number?: unknown };
  const number = typeof hex === 'string' ? Number(hex) : NaN;
  if (!Number.isSafeInteger(number) || number < 0) throw new Error('its header names no block number');
  if (now !== null && !(typeof now === 'string' && /^0x[0-9a-f]{16}$/i.test(now))) {
    throw new Error('its timestamp is none');
  }
  const milliseconds = now === null ? 0 : Number(Buffer.from(now.slice(2), 'hex').readBigUInt64LE());
  return { number, ageSeconds: (Date.now() - milliseconds) / 1000 };
};
