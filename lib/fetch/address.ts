import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whether a validator may connect to an address that a miner's host name or URL leads to.
 *
 * Only what the IANA registries call globally reachable unicast passes: not loopback, private, link-local,
 * unique-local, multicast, carrier-grade NAT, benchmarking or documentation ranges, and no IPv6 form that
 * carries an IPv4 address (mapped, 6to4, Teredo), since a gateway could turn it into one of those. The exception
 * is the well-known prefix of NAT64, which is how a network without IPv4 reaches public IPv4 hosts: it passes
 * where the address that it carries does.
 *
 * @param address IPv4 in four decimal parts or IPv6, as a resolver returns them; other notations do not pass
 */
export const isPublicAddress = (address: string): boolean => {
  // A zone names an interface of this machine, which is not for others to choose.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv6' && parsed.match(NAT64)) return isPublicAddress(carried(parsed.toByteArray()));
  if (parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv4') return !METADATA_SERVICES.has(parsed.toString());
  return parsed.match(GLOBAL_UNICAST);
};

const carried = (bytes: readonly number[]): string => bytes.slice(-4).join('.');

/** RFC 6052: the well-known prefix. What networks choose for themselves (RFC 8215) stays closed. */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');

/** RFC 4291: the only IPv6 block that is assigned; `::a.b.c.d` outside it counts as unicast for ipaddr.js. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/** Metadata services at addresses that are otherwise public: Azure's wire server. */
const METADATA_SERVICES = new Set(['168.63.129.16']);
