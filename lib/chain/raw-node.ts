import WebSocket from 'ws';

/** A websocket to one node, for a few questions. */
export interface RawNode {
  /** @throws Error with the node's words, or when the connection ends first */
  ask(method: string, params?: readonly unknown[]): Promise<unknown>;
  close(): void;
}

/** Metadata is half a megabyte; whatever is much larger is no answer. */
const MOST_BYTES = 32 * 1024 * 1024;

/** A node that does not close its side would keep the program from ending for half a minute. */
const CLOSE_GRACE_MS = 1000;

/**
 * Asks a node through a socket of its own, `use` says what. The size of answers is bounded, and one deadline holds for
 * everything together: polkadot-js's provider takes 100 MB, and an ApiPromise wants metadata that it can read.
 *
 * @param seconds for connection and answers together
 * @throws Error with the reason when the node does not answer in time
 */
export const askNode = async <T>(
  endpoint: string,
  seconds: number,
  use: (node: RawNode) => Promise<T>,
): Promise<T> => {
  const opening = openNode(endpoint, seconds * 1000);
  try {
    return await use(await opening);
  } finally {
    // It never opened: then there is nothing to close.
    await opening.then(
      (node) => node.close(),
      () => undefined,
    );
  }
};

/** What a failure says. Refused connections come as several errors in one that has no words of its own. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};

interface Waiting {
  readonly settle: (value: unknown) => void;
  readonly fail: (error: Error) => void;
}

const openNode = (endpoint: string, milliseconds: number): Promise<RawNode> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(endpoint, { handshakeTimeout: milliseconds, maxPayload: MOST_BYTES });
    const waiting = new Map<number, Waiting>();
    let next = 0;
    let ended: Error | undefined;
    const end = (error: Error) => {
      ended ??= error;
      clearTimeout(deadline);
      reject(error);
      waiting.forEach(({ fail }) => fail(error));
      waiting.clear();
    };
    const deadline = setTimeout(() => {
      end(new Error(`no answer within ${milliseconds / 1000} s`));
      socket.terminate();
    }, milliseconds);
    socket.on('error', end);
    socket.on('close', () => end(new Error('the node closed the connection')));
    socket.on('message', (data: Buffer) => {
      const answer = parse(data.toString());
      const asked = waiting.get(Number(answer.id));
      waiting.delete(Number(answer.id));
      if (answer.error) asked?.fail(new Error(answer.error.message ?? 'an error without words'));
      else asked?.settle(answer.result ?? null);
    });
    const ask = (method: string, params: readonly unknown[] = []): Promise<unknown> =>
      new Promise((settle, fail) => {
        if (ended) return fail(ended);
        next += 1;
        waiting.set(next, { settle, fail });
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: next, method, params }));
      });
    const close = () => {
      clearTimeout(deadline);
      socket.close();
      setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
    };
    socket.on('open', () => resolve({ ask, close }));
  });

interface Answer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message?: string };
}

/** Whatever is no JSON answers no question. */
const parse = (text: string): Answer => {
  try {
    return (JSON.parse(text) ?? {}) as Answer;
  } catch {
    return {};
  }
};
