/** Both TAO and alpha have nine decimals. */
const RAO = 1_000_000_000n;

/** `0.05`, `12.000000001`: an amount of rao as people write it, without loss. */
export const amountText = (rao: bigint): string => {
  const fraction = (rao % RAO).toString().padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? String(rao / RAO) : `${rao / RAO}.${fraction}`;
};

/** Share of what the fee buys that has to arrive, in percent: the price moves between a quote and a payment. */
const LEAST_PERCENT = 90n;

/**
 * Alpha that must have moved at least, in rao.
 *
 * @param quoted what the fee bought before the payment's block, in rao
 */
export const leastAlpha = (quoted: bigint): bigint => (quoted * LEAST_PERCENT) / 100n;
