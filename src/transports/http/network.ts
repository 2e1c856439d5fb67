import { formatIpAddress, parseIpAddress, unmapIpAddress } from '../../lib/ip-address.js';

/**
 * The network of a caller's address. A caller with one IPv6 address has 2^64, so the first half identifies its network;
 * an IPv4-mapped IPv6 address counts as IPv4. Forwarded values that are no address share one network with callers who
 * have hung up, whose sockets have no address any more.
 */
export function networkOf(address: string | undefined): string {
  // A zone names our own interface for a link-local caller.
  const parsed = parseIpAddress(address?.replace(/%.*$/, '') ?? '');
  if (parsed === undefined) return 'unknown';
  const { family, bits } = unmapIpAddress(parsed);
  if (family === 'ipv4') return formatIpAddress({ family, bits });
  const groups = [112n, 96n, 80n, 64n].map((behind) => BigInt.asUintN(16, bits >> behind).toString(16));
  return `${groups.join(':')}::/64`;
}
