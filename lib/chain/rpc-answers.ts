/** What an error of the transport or of a node's JSON-RPC answer means. */

/** Seconds for which an endpoint rests that refuses traffic without saying for how long. */
const DEFAULT_REST_SECONDS = 60;
const LONGEST_REST_SECONDS = 3600;

/** Errors of the websocket are events, which are no `Error`. */
export const messageOf = (error: unknown): string => {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
};

/** The connection broke before an answer came; a read may simply be made again. */
export const isBroken = (error: unknown): boolean =>
  /^disconnected from|WebSocket is not connected|^No response received/.test(messageOf(error));

/**
 * Seconds for which the endpoint wants no more traffic, or null when the error is another one. Public nodes say
 * so by JSON-RPC errors -32004 and -32005, by HTTP status 403 or 429 at the handshake, or by closing with 1008.
 */
export const restAskedFor = (error: unknown): number | null => {
  const message = messageOf(error);
  const { code, data } = (error ?? {}) as { readonly code?: unknown; readonly data?: unknown };
  const refusesTraffic =
    code === -32004 ||
    code === -32005 ||
    /^-3200[45]: /.test(message) ||
    /rate limit|too many requests/i.test(message) ||
    /Unexpected server response: (?:403|429)/.test(message) ||
    /^disconnected from .*: 1008::/.test(message);
  return refusesTraffic ? restOf(data, message) : null;
};

const restOf = (data: unknown, message: string): number => {
  const named = (data ?? {}) as { readonly retry_after?: unknown };
  const told = Number(named.retry_after ?? /retry[ _-]after["': ]+(\d+(?:\.\d+)?)/i.exec(message)?.[1]);
  return told > 0 ? Math.min(told, LONGEST_REST_SECONDS) : DEFAULT_REST_SECONDS;
};

/** The block whose state a pruning node no longer has (or never had), or null when the error is another one. */
export const discardedBlock = (error: unknown): string | null => {
  const found = /(?:State already discarded for |UnknownBlock|unknown Block)[^0]*(0x[0-9a-f]+)?/i.exec(
    messageOf(error),
  );
  return found ? (found[1] ?? 'in question') : null;
};
