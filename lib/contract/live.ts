import { askNode, reasonOf, type RawNode } from '../chain/raw-node.js';
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
 * Reads the runtime that a node speaks for.
 *
 * @param seconds for everything together
 * @throws chain_unreachable, chain_answer_malformed, chain_metadata_unreadable
 */
export const readLiveRuntime = async (endpoint: string, seconds = 30): Promise<LiveRuntime> => {
  try {
    return await askNode(endpoint, seconds, async (node) => {
      const [version, chain, genesisHash] = await Promise.all([
        node.ask('state_getRuntimeVersion'),
        node.ask('system_chain'),
        node.ask('chain_getBlockHash', [0]),
      ]);
      const specVersion = specVersionIn(endpoint, version);
      const facts = readFacts(endpoint, await metadataOf(node));
      return { endpoint, chain: String(chain), genesisHash: String(genesisHash), specVersion, facts };
    });
  } catch (error) {
    if (error instanceof CrusadesError) throw error;
    throw crusadesError('chain_unreachable', { endpoint, reason: reasonOf(error) }, { cause: error });
  }
};

const specVersionIn = (endpoint: string, version: unknown): number => {
  const { specVersion } = (version ?? {}) as { readonly specVersion?: unknown };
  if (Number.isSafeInteger(specVersion)) return Number(specVersion);
  const reason = `it is ${JSON.stringify(version).slice(0, 60)}`;
  throw crusadesError('chain_answer_malformed', { endpoint, call: 'state_getRuntimeVersion', reason });
};

const metadataOf = async (node: RawNode): Promise<unknown> => {
  const data = `0x${Buffer.from(Uint32Array.of(METADATA_VERSION).buffer).toString('hex')}`;
  const answer = await node
    .ask('state_call', ['Metadata_metadata_at_version', data])
    .catch(() => node.ask('state_getMetadata'));
  return answer === '0x00' ? node.ask('state_getMetadata') : answer;
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
    throw unreadable(reasonOf(error).slice(0, 200), error);
  }
};
