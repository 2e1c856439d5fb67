import { isIPv4, isIPv6 } from 'node:net';

export type IpFamily = 'ipv4' | 'ipv6';

/** An address as a number. An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) stays IPv6. */
export interface IpAddress {
  readonly family: IpFamily;
  readonly bits: bigint;
}

export const IP_BITS: Record<IpFamily, number> = { ipv4: 32, ipv6: 128 };

/** Parses an address; undefined for any other text, and for a zone (`%eth0`), which means nothing on other machines. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { family: 'ipv4', bits: numberOf(text.split('.').map(Number), 8) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  // The URL parser reduces the many spellings to one (RFC 5952, all of it in hexadecimal).
  const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const first = groupsOf(head);
  const last = groupsOf(tail ?? '');
  const between = Array<number>(8 - first.length - last.length).fill(0);
  return { family: 'ipv6', bits: numberOf([...first, ...between, ...last], 16) };
}

/** `::ffff:0:0/96` holds the IPv4-mapped addresses (RFC 4291 section 2.5.5.2). */
const MAPPED_BITS = 0xffffn;
export const MAPPED_PREFIX = 96;

/** The IPv4 address inside an IPv4-mapped address; any other address as it is. */
export function unmapIpAddress({ family, bits }: IpAddress): IpAddress {
  if (family === 'ipv4' || bits >> 32n !== MAPPED_BITS) return { family, bits };
  return { family: 'ipv4', bits: BigInt.asUintN(32, bits) };
}

/** The canonical text: dotted decimal, or RFC 5952. */
export function formatIpAddress({ family, bits }: IpAddress): string {
  if (family === 'ipv4') return partsOf(bits, 4, 8).join('.');
  const groups = partsOf(bits, 8, 16).map((group) => group.toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function numberOf(parts: readonly number[], width: number): bigint {
  return parts.reduce((bits, part) => (bits << BigInt(width)) | BigInt(part), 0n);
}

function partsOf(bits: bigint, count: number, width: number): number[] {
  return Array.from({ length: count }, (_, index) =>
    Number(BigInt.asUintN(width, bits >> BigInt((count - 1 - index) * width))),
  );
}
