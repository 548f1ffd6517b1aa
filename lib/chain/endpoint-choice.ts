/** What is known of one endpoint; the list's order is the operator's order of preference. */
export interface EndpointStanding {
  readonly url: string;
  /** Best block and its age when it was last asked; null before the first answer and while it is away. */
  readonly head: { readonly number: number; readonly ageSeconds: number } | null;
  /** Not asked before this moment, Unix milliseconds: it refused us, asked for a pause, or fell silent. */
  readonly restsUntil: number;
}

/** Blocks by which an endpoint may trail before another one is better. */
export const TOLERATED_LAG_BLOCKS = 2;

/**
 * The endpoint to use: the first whose head is young enough. When none is, the chain itself stands still or all
 * nodes are behind: then the one that knows the most, and the one in use stays while others know no more.
 *
 * @param active url in use now, or null
 * @param staleSeconds age from which a head is too old
 * @returns null when no endpoint has answered
 */
export const chooseEndpoint = (
  standings: readonly EndpointStanding[],
  active: string | null,
  staleSeconds: number,
  now: number,
): string | null => {
  const answering = standings.flatMap(({ url, head, restsUntil }) =>
    head !== null && restsUntil <= now ? [{ url, ...head }] : [],
  );
  const newest = Math.max(0, ...answering.map(({ number }) => number));
  const young = answering.find(
    ({ number, ageSeconds }) => ageSeconds <= staleSeconds && number >= newest - TOLERATED_LAG_BLOCKS,
  );
  if (young) return young.url;
  const best = (candidates: typeof answering) => candidates.find(({ number }) => number === newest)?.url;
  const inUse = answering.find(({ url }) => url === active);
  if (inUse && inUse.number >= newest - TOLERATED_LAG_BLOCKS) return inUse.url;
  return best(answering) ?? null;
};
