import { endpointsOf } from '../chain/endpoint.js';
import { probedHead, TIMESTAMP_NOW } from '../chain/head-age.js';
import { askNode, reasonOf, type RawNode } from '../chain/raw-node.js';
import { CrusadesError } from '../errors/index.js';
import type { Settings } from '../settings/index.js';
import { judgeEndpoints, type AskedEndpoint, type EndpointFacts } from './endpoint-verdict.js';
import { fail, ok, type Finding } from './types.js';

const NAME = 'chain';
/** For each endpoint; all are asked at once. */
const SECONDS = 10;

/** Asks every configured endpoint, the archive too: which chain it is of, how new its head is, which runtime it has. */
export const checkChain = async ({ environment }: Settings): Promise<Finding[]> => {
  if (environment.endpoint === null && environment.network === 'devnet') {
    return [ok(NAME, 'a devnet, which `crusades up` starts')];
  }
  try {
    const { endpoint, fallbacks, archive, genesisHash } = endpointsOf(environment);
    const followed = [...new Set([endpoint, ...fallbacks])];
    const old = archive === null || followed.includes(archive) ? [] : [archive];
    const asked = await Promise.all([
      ...followed.map((url) => ask(url, false)),
      ...old.map((url) => ask(url, true)),
    ]);
    return judgeEndpoints(asked, genesisHash);
  } catch (error) {
    if (!(error instanceof CrusadesError)) throw error;
    return [fail(NAME, error.message, error.remedy)];
  }
};

const ask = async (url: string, isArchive: boolean): Promise<AskedEndpoint> => {
  try {
    return { url, isArchive, answer: await askNode(url, SECONDS, factsOf) };
  } catch (error) {
    return { url, isArchive, answer: reasonOf(error).split('\n')[0] ?? '' };
  }
};

const factsOf = async (node: RawNode): Promise<EndpointFacts> => {
  const [chain, genesisHash, version, header, now] = await Promise.all([
    node.ask('system_chain'),
    node.ask('chain_getBlockHash', [0]),
    node.ask('state_getRuntimeVersion'),
    node.ask('chain_getHeader'),
    node.ask('state_getStorage', [TIMESTAMP_NOW]),
  ]);
  const { specVersion } = (version ?? {}) as { readonly specVersion?: unknown };
  const isNode =
    typeof chain === 'string' && typeof genesisHash === 'string' && Number.isSafeInteger(specVersion);
  if (!isNode) throw new Error('it is not a Substrate node');
  return { chain, genesisHash, specVersion: Number(specVersion), ...probedHead(header, now) };
};
