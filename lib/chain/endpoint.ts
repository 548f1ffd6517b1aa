import { crusadesError } from '../errors/index.js';
import type { ConnectionOptions } from './connection.js';

/** What is known of a network by its name alone. */
interface Network {
  /** Public endpoints in the order of preference, as the official SDK names them. */
  readonly endpoints: readonly string[];
  readonly archive?: string;
  /** Hash of block 0, where it never changes. Source: the runtime's own migrations. */
  readonly genesisHash?: string;
}

const ARCHIVE = 'wss://archive.chain.opentensor.ai:443';
const FINNEY_GENESIS = '0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03';

const NETWORKS: Readonly<Record<string, Network>> = {
  finney: {
    endpoints: ['wss://entrypoint-finney.opentensor.ai:443', 'wss://lite.sub.latent.to:443'],
    archive: ARCHIVE,
    genesisHash: FINNEY_GENESIS,
  },
  test: { endpoints: ['wss://test.finney.opentensor.ai:443'] },
  archive: { endpoints: [ARCHIVE], genesisHash: FINNEY_GENESIS },
  local: { endpoints: ['ws://127.0.0.1:9944'] },
  devnet: { endpoints: ['ws://127.0.0.1:9944'] },
};

/** What the environment says of the chain. */
export interface ChainPlace {
  readonly network: string;
  /** Null: the network's public one. */
  readonly endpoint: string | null;
  readonly fallbacks?: readonly string[];
  /** Null: the network's public one, where there is one. */
  readonly archive?: string | null;
  readonly genesisHash?: string | null;
}

/** How a network is reached: what is configured, else what is public. @throws `argument_invalid` */
export const endpointsOf = (
  place: ChainPlace,
): Required<Pick<ConnectionOptions, 'endpoint' | 'fallbacks' | 'archive' | 'genesisHash'>> => {
  const known = networkOf(place.network);
  const [first, ...others] =
    place.endpoint === null ? (known?.endpoints ?? []) : [place.endpoint, ...(place.fallbacks ?? [])];
  if (first === undefined) {
    throw crusadesError('argument_invalid', {
      argument: 'CRUSADES_NETWORK',
      reason: `nobody knows where ${place.network} is reached; set CRUSADES_ENDPOINT, or use ${Object.keys(NETWORKS).join(', ')}`,
    });
  }
  return {
    endpoint: first,
    fallbacks: others,
    archive: place.archive ?? known?.archive ?? null,
    genesisHash: place.genesisHash ?? known?.genesisHash ?? null,
  };
};

/** The first choice of {@link endpointsOf}. @throws `argument_invalid` */
export const endpointOf = (place: ChainPlace): string => endpointsOf(place).endpoint;

const networkOf = (network: string): Network | undefined =>
  Object.hasOwn(NETWORKS, network) ? NETWORKS[network] : undefined;
