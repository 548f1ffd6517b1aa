import { crusadesError } from '../errors/index.js';

/** Public endpoints by network name, as the official SDK names them. */
const ENDPOINTS: Readonly<Record<string, string>> = {
  finney: 'wss://entrypoint-finney.opentensor.ai:443',
  test: 'wss://test.finney.opentensor.ai:443',
  archive: 'wss://archive.chain.opentensor.ai:443',
  local: 'ws://127.0.0.1:9944',
  devnet: 'ws://127.0.0.1:9944',
};

/** Where a network is reached: the configured endpoint, else its public one. @throws `argument_invalid` */
export const endpointOf = ({
  network,
  endpoint,
}: {
  readonly network: string;
  readonly endpoint: string | null;
}): string => {
  const known = endpoint ?? (Object.hasOwn(ENDPOINTS, network) ? ENDPOINTS[network] : undefined);
  if (known !== undefined) return known;
  throw crusadesError('argument_invalid', {
    argument: 'CRUSADES_NETWORK',
    reason: `nobody knows where ${network} is reached; set CRUSADES_ENDPOINT, or use ${Object.keys(ENDPOINTS).join(', ')}`,
  });
};
