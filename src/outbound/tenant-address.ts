import { BlockList, isIP } from 'node:net';

/** LOOPBACK: this machine. FORBIDDEN: everything that is neither this machine nor a host of the public Internet. */
export type AddressScope = 'PUBLIC' | 'LOOPBACK' | 'FORBIDDEN';

/**
 * Addresses outside the public Internet (IANA's registries of special-purpose addresses, RFC 6890), and one address of
 * no registry: Azure answers its machines at 168.63.129.16. A forgotten address could lead a tenant's name into the
 * operator's network, so whole blocks are refused although a corner of them may be public.
 */
const SPECIAL_IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8], // this network; Linux connects 0.0.0.0 to itself
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carriers' NAT; Alibaba's metadata
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // Azure's platform
  ['169.254.0.0', 16], // link-local; most clouds' metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments; Oracle's metadata
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // relays of 6to4, withdrawn
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved; broadcast
];

/** Within 2000::/3. Nothing outside is public: not ::, ULA, link-local, site-local, multicast, 64:ff9b:1::/48. */
const SPECIAL_IPV6: typeof SPECIAL_IPV4 = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarks, ORCHID
  ['2001:db8::', 32], // documentation
  ['3fff::', 20], // documentation
];

const loopback = blockList('ipv4', [['127.0.0.0', 8]]);
const specialIpv4 = blockList('ipv4', SPECIAL_IPV4);
const unicastIpv6 = blockList('ipv6', [['2000::', 3]]);
const specialIpv6 = blockList('ipv6', SPECIAL_IPV6);

function blockList(family: 'ipv4' | 'ipv6', networks: typeof SPECIAL_IPV4): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}

/** Judges an address as a resolver or the host of a WHATWG URL writes it. Any other text is forbidden. */
export function scopeOf(address: string): AddressScope {
  const family = isIP(address);
  if (family === 4) return scopeOfIpv4(address);
  // An address with a zone (fe80::1%eth0) belongs to one link of this machine.
  return family === 6 && !address.includes('%') ? scopeOfIpv6(address) : 'FORBIDDEN';
}

function scopeOfIpv4(address: string): AddressScope {
  if (loopback.check(address)) return 'LOOPBACK';
  return specialIpv4.check(address) ? 'FORBIDDEN' : 'PUBLIC';
}

function scopeOfIpv6(address: string): AddressScope {
  const groups = groupsOf(address);
  const [first = 0, second = 0, third = 0, , fifth = 0, sixth = 0, seventh = 0, eighth = 0] = groups;
  const leadingZeros = groups.findIndex((group) => group !== 0);
  if (leadingZeros === 7 && eighth === 1) return 'LOOPBACK';
  // The system itself takes ::ffff:a.b.c.d for the IPv4 address.
  if (leadingZeros === 5 && sixth === 0xffff) return scopeOfIpv4(ipv4Of(seventh, eighth));
  // ::a.b.c.d (RFC 4291 section 2.5.5.1), the unspecified address among them.
  if (leadingZeros < 0 || leadingZeros >= 6) return publicOrNone(ipv4Of(seventh, eighth));
  // In a network without IPv4, DNS64 makes 64:ff9b::a.b.c.d of a public name (RFC 6052 section 2.1). Only the network
  // knows where 64:ff9b:1::/48 holds an IPv4 address (RFC 8215), so all of that block is forbidden.
  const isNat64 = first === 0x64 && second === 0xff9b && groups.slice(2, 6).every((group) => group === 0);
  if (isNat64) return publicOrNone(ipv4Of(seventh, eighth));
  // 6to4 (RFC 3056 section 2).
  if (first === 0x2002) return publicOrNone(ipv4Of(second, third));
  // ISATAP (RFC 5214 section 6.1) tunnels to the IPv4 address in its last bits, and is for use within a site.
  if ((fifth & ~0x0200) === 0 && sixth === 0x5efe) return 'FORBIDDEN';
  return unicastIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6') ? 'PUBLIC' : 'FORBIDDEN';
}

/** A translator's IPv4 address is never this machine's own, so loopback is forbidden. */
function publicOrNone(embedded: string): AddressScope {
  return scopeOfIpv4(embedded) === 'PUBLIC' ? 'PUBLIC' : 'FORBIDDEN';
}

function ipv4Of(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** The eight groups of an IPv6 address. The URL parser spells each address in one way, without dots. */
function groupsOf(address: string): number[] {
  const [head = [], tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::').map(parseGroups);
  if (tail === undefined) return [...head];
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function parseGroups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/** Whether connections may lead to loopback: only in development. */
export interface AddressAllowance {
  readonly allowLoopback: boolean;
}

/** The scopes that connections of a scheme may reach. Without TLS a secret stays on this machine, whatever the name. */
export function scopesFor(protocol: string, { allowLoopback }: AddressAllowance): readonly AddressScope[] {
  if (protocol === 'https:') return allowLoopback ? ['PUBLIC', 'LOOPBACK'] : ['PUBLIC'];
  return allowLoopback ? ['LOOPBACK'] : [];
}
