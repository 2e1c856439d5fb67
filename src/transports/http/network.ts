import { formatIpAddress, parseIpAddress, unmapIpAddress } from '../../lib/ip-address.js';

/**
 * What stands for where a request came from. Who has one IPv6 address has 2^64 of them, so its first half is what is
 * counted; an IPv4 address that was mapped into IPv6 is itself. What a proxy forwarded that is no address is all one.
 */
export function networkOf(address: string): string {
  // A zone says which of our own interfaces a link-local caller came in by.
  const parsed = parseIpAddress(address.replace(/%.*$/, ''));
  if (parsed === undefined) return 'unknown';
  const { family, bits } = unmapIpAddress(parsed);
  if (family === 'ipv4') return formatIpAddress({ family, bits });
  const groups = [112n, 96n, 80n, 64n].map((behind) => BigInt.asUintN(16, bits >> behind).toString(16));
  return `${groups.join(':')}::/64`;
}
