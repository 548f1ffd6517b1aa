import { crusadesError } from '../errors/index.js';

/** Networks whose tokens are worth money, and their public rehearsal. */
const REAL_NETWORKS: readonly string[] = ['finney', 'test', 'archive'];

/**
 * Addresses of Substrate's development phrase and its usual derivations. Everybody can sign with them: on a real
 * network whatever they hold is gone at once, and so is whatever a validator decides with them.
 */
const DEVELOPMENT_ADDRESSES: ReadonlySet<string> = new Set([
  '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV',
  '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
  '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty',
  '5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y',
  '5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy',
  '5HGjWAeFDfFCWPsjFQdVV2Msvz2XtMktvgocEZcCj68kUMaw',
  '5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL',
]);

/** Whether keys that everybody knows must not sign there. */
export const isRealNetwork = (network: string): boolean => REAL_NETWORKS.includes(network);

/** @throws `wallet_wrong_network` for a development key on a network that is none */
export const requireNetwork = (file: string, address: string, network: string): void => {
  if (!isRealNetwork(network) || !DEVELOPMENT_ADDRESSES.has(address)) return;
  throw crusadesError('wallet_wrong_network', {
    path: file,
    reason: `it holds a development key, ${address}, which everybody knows and which must not sign on ${network}`,
  });
};
