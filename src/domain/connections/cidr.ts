import { BlockList } from 'node:net';
import {
  formatIpAddress,
  IP_BITS,
  type IpAddress,
  type IpFamily,
  MAPPED_PREFIX,
  parseIpAddress,
  unmapIpAddress,
} from '../../lib/ip-address.js';

/** A range of addresses in canonical form, or a sentence that says why the text is none. */
export type ReadCidr = { readonly cidr: string } | { readonly fault: string };

/**
 * Reads an address or a CIDR. The canonical form is the network's address in RFC 5952's form, always with its prefix;
 * an IPv4-mapped address becomes IPv4. A text with bits behind the prefix is a fault: 10.1.2.3/8 may mean one address,
 * and clearing the bits would let in sixteen million.
 */
export function readCidr(text: string): ReadCidr {
  const trimmed = text.trim();
  const [, addressText = '', prefixText] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(trimmed) ?? [];
  const written = parseIpAddress(addressText);
  const writtenPrefix = written && Number(prefixText ?? IP_BITS[written.family]);
  if (written === undefined || writtenPrefix === undefined || writtenPrefix > IP_BITS[written.family]) {
    return { fault: 'This is neither an address nor a CIDR. Write 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32.' };
  }
  const { family, bits, prefix } = unmap(written, writtenPrefix);
  const hostBits = BigInt(IP_BITS[family] - prefix);
  const network = { family, bits: (bits >> hostBits) << hostBits };
  const cidr = `${formatIpAddress(network)}/${prefix}`;
  if (network.bits === bits) return { cidr };
  const alone = `${formatIpAddress({ family, bits })}/${IP_BITS[family]}`;
  return {
    fault: `The address has bits behind the prefix. Write ${cidr} for the network, or ${alone} for the address.`,
  };
}

/** A network wider than the IPv4-mapped range of IPv6 stays IPv6. */
function unmap(address: IpAddress, prefix: number): IpAddress & { readonly prefix: number } {
  const unmapped = prefix < MAPPED_PREFIX ? address : unmapIpAddress(address);
  const isMapped = unmapped.family !== address.family;
  return { ...unmapped, prefix: isMapped ? prefix - MAPPED_PREFIX : prefix };
}

/** Each list compiles once, since a remembered connection keeps its list. */
const compiled = new WeakMap<readonly string[], Record<IpFamily, BlockList>>();

/**
 * Whether an address is in one of the canonical CIDRs. An empty list holds no address, and a malformed address is in no
 * list. `::/0` is all of IPv6 and nothing of IPv4.
 */
export function isWithin(cidrs: readonly string[], address: string | undefined): boolean {
  // A zone names the gateway's own interface, not the link-local caller.
  const parsed = parseIpAddress(address?.replace(/%.*$/, '') ?? '');
  if (parsed === undefined) return false;
  const { family, bits } = unmapIpAddress(parsed);
  let lists = compiled.get(cidrs);
  if (lists === undefined) {
    lists = compile(cidrs);
    compiled.set(cidrs, lists);
  }
  return lists[family].check(formatIpAddress({ family, bits }), family);
}

/** One list for each family: a BlockList treats IPv4 as a part of IPv6, so `::/0` would let in all of IPv4. */
function compile(cidrs: readonly string[]): Record<IpFamily, BlockList> {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const cidr of cidrs) {
    const [network = '', prefix] = cidr.split('/');
    const family = network.includes(':') ? 'ipv6' : 'ipv4';
    lists[family].addSubnet(network, Number(prefix), family);
  }
  return lists;
}
