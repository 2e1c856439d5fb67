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

/** What a text is as a range of addresses, in the one way that we write it, or a sentence that says why it is none. */
export type ReadCidr = { readonly cidr: string } | { readonly fault: string };

/**
 * Reads an address or a CIDR. The canonical form is the network's address, in RFC 5952's lower case and shortest form,
 * always with its prefix; what is mapped from IPv4 is IPv4. Bits behind the prefix are refused rather than cleared: who
 * wrote 10.1.2.3/8 may have meant one address, and clearing would let in sixteen million.
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

/** A network that is wider than the place of IPv4 in IPv6 is one of IPv6. */
function unmap(address: IpAddress, prefix: number): IpAddress & { readonly prefix: number } {
  const unmapped = prefix < MAPPED_PREFIX ? address : unmapIpAddress(address);
  const isMapped = unmapped.family !== address.family;
  return { ...unmapped, prefix: isMapped ? prefix - MAPPED_PREFIX : prefix };
}

/** Lists are compiled once: a connection that is remembered keeps its own. */
const compiled = new WeakMap<readonly string[], Record<IpFamily, BlockList>>();

/**
 * Whether an address is in one of the canonical CIDRs: of none where there are none, and never where it is no address.
 * `::/0` is all of IPv6 and nothing of IPv4.
 */
export function isWithin(cidrs: readonly string[], address: string | undefined): boolean {
  // A zone says which of our own interfaces a link-local caller came in by.
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

/** One list for each family: a BlockList takes IPv4 for a part of IPv6, so that `::/0` would let all of it in. */
function compile(cidrs: readonly string[]): Record<IpFamily, BlockList> {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const cidr of cidrs) {
    const [network = '', prefix] = cidr.split('/');
    const family = network.includes(':') ? 'ipv6' : 'ipv4';
    lists[family].addSubnet(network, Number(prefix), family);
  }
  return lists;
}
