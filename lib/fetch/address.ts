import ipaddr from 'ipaddr.js';

/**
 * Whether a validator may connect to an address that a miner's host name or URL leads to.
 *
 * Only what the IANA registries call globally reachable unicast passes: not loopback, private, link-local,
 * unique-local, multicast, carrier-grade NAT, benchmarking or documentation ranges, and no IPv6 form that
 * carries an IPv4 address (mapped, 6to4, NAT64, Teredo), since a gateway could turn it into one of those.
 *
 * @param address IPv4 in four parts or IPv6, as a resolver returns them
 */
export const isPublicAddress = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv4') return !METADATA_SERVICES.has(parsed.toString());
  return parsed.match(GLOBAL_UNICAST);
};

/** RFC 4291: the only IPv6 block that is assigned; `::a.b.c.d` outside it counts as unicast for ipaddr.js. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/** Metadata services at addresses that are otherwise public: Azure's wire server. */
const METADATA_SERVICES = new Set(['168.63.129.16']);
