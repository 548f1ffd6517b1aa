import WebSocket from 'ws';
import { CrusadesError, crusadesError } from '../errors/index.js';
import { factsOf, type ChainFacts } from './facts.js';

/** A runtime as a node answers for it. */
export interface LiveRuntime {
  readonly endpoint: string;
  /** `system_chain`. */
  readonly chain: string;
  /** `0x` and hex. */
  readonly genesisHash: string;
  readonly specVersion: number;
  readonly facts: ChainFacts;
}

/** Runtime APIs are in 15; a node that does not offer it is asked for what it has. */
const METADATA_VERSION = 15;
/**
 * Metadata is half a megabyte. This bound, and one deadline for all answers together, are why the node is not asked
 * through polkadot-js: its provider takes 100 MB, and an ApiPromise wants metadata that it can read.
 */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Reads the runtime that a node speaks for.
 *
 * @param seconds for everything together
 * @throws chain_unreachable, chain_metadata_unreadable
 */
export const readLiveRuntime = async (endpoint: string, seconds = 30): Promise<LiveRuntime> => {
  const opening = openNode(endpoint, seconds * 1000);
  try {
    const node = await opening;
    const [version, chain, genesisHash] = await Promise.all([
      node.ask('state_getRuntimeVersion', []),
      node.ask('system_chain', []),
      node.ask('chain_getBlockHash', [0]),
    ]);
    const facts = readFacts(endpoint, await metadataOf(node));
    const { specVersion } = (version ?? {}) as { readonly specVersion?: unknown };
    return {
      endpoint,
      chain: String(chain),
      genesisHash: String(genesisHash),
      specVersion: Number(specVersion),
      facts,
    };
  } catch (error) {
    if (error instanceof CrusadesError) throw error;
    throw crusadesError('chain_unreachable', { endpoint, reason: messageOf(error) }, { cause: error });
  } finally {
    // It never opened: then there is nothing to close.
    await opening.then(
      (node) => node.close(),
      () => undefined,
    );
  }
};

interface Node {
  ask(method: string, params: readonly unknown[]): Promise<unknown>;
  close(): void;
}

const metadataOf = async (node: Node): Promise<unknown> => {
  const data = `0x${Buffer.from(Uint32Array.of(METADATA_VERSION).buffer).toString('hex')}`;
  const answer = await node
    .ask('state_call', ['Metadata_metadata_at_version', data])
    .catch(() => node.ask('state_getMetadata', []));
  return answer === '0x00' ? node.ask('state_getMetadata', []) : answer;
};

/** The metadata begins with `meta`; in front of it are at most an Option's byte and a length. */
const readFacts = (endpoint: string, answer: unknown): ChainFacts => {
  const bytes = Buffer.from(typeof answer === 'string' ? answer.replace(/^0x/, '') : '', 'hex');
  const start = bytes.indexOf('meta');
  const unreadable = (reason: string, cause?: unknown) =>
    crusadesError('chain_metadata_unreadable', { endpoint, reason }, { cause });
  if (start < 0 || start > 8) throw unreadable('it does not begin as metadata does');
  try {
    return factsOf(bytes.subarray(start));
  } catch (error) {
    throw unreadable(messageOf(error).slice(0, 200), error);
  }
};

const openNode = (endpoint: string, milliseconds: number): Promise<Node> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(endpoint, { handshakeTimeout: milliseconds, maxPayload: MOST_BYTES });
    const waiting = new Map<number, { settle: (value: unknown) => void; fail: (error: Error) => void }>();
    let next = 0;
    const failAll = (error: Error) => {
      clearTimeout(deadline);
      reject(error);
      waiting.forEach(({ fail }) => fail(error));
      waiting.clear();
    };
    const deadline = setTimeout(() => {
      failAll(new Error(`no answer within ${milliseconds / 1000} s`));
      socket.terminate();
    }, milliseconds);
    socket.on('error', failAll);
    socket.on('close', () => failAll(new Error('the node closed the connection')));
    socket.on('message', (data: Buffer) => {
      const answer = parse(data.toString());
      const asked = waiting.get(Number(answer.id));
      waiting.delete(Number(answer.id));
      if (answer.error) asked?.fail(new Error(answer.error.message ?? 'an error without words'));
      else asked?.settle(answer.result ?? null);
    });
    socket.on('open', () =>
      resolve({
        ask: (method, params) =>
          new Promise((settle, fail) => {
            next += 1;
            waiting.set(next, { settle, fail });
            socket.send(JSON.stringify({ jsonrpc: '2.0', id: next, method, params }));
          }),
        close: () => {
          clearTimeout(deadline);
          socket.close();
        },
      }),
    );
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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
