import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayCallFrom, parseAllowedCidrs } from '../../../src/domain/connections/allowed-cidrs.js';
import { isWithin, readCidr } from '../../../src/domain/connections/cidr.js';
import { Refusal } from '../../../src/domain/refusal.js';
import { parseIpAddress } from '../../../src/lib/ip-address.js';
import { EXPLORE_FACTOR } from '../../support/seeded-random.js';

describe('the canonical form', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['203.0.113.7', '203.0.113.7/32'],
    [' 203.0.113.7/32\t', '203.0.113.7/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['2001:0DB8:0:0::/32', '2001:db8::/32'],
    ['2001:DB8::1', '2001:db8::1/128'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::FFFF:a00:1', '10.0.0.1/32'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    // Less than the place of IPv4 in IPv6 is IPv6.
    ['::/80', '::/80'],
    // Of a form that is no longer used, and was never mapped: an address of IPv6.
    ['::10.0.0.1', '::a00:1/128'],
  ])('of %s is %s', (text, cidr) => {
    expect(readCidr(text)).toEqual({ cidr });
  });

  test.each([
    ['10.1.2.3/8', '10.0.0.0/8', '10.1.2.3/32'],
    ['203.0.113.7/0', '0.0.0.0/0', '203.0.113.7/32'],
    ['2001:DB8::1/32', '2001:db8::/32', '2001:db8::1/128'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8', '10.1.2.3/32'],
  ])('is not guessed for %s: the network or the address may have been meant', (text, network, address) => {
    const fault = `The address has bits behind the prefix. Write ${network} for the network, or ${address} for the address.`;
    expect(readCidr(text)).toEqual({ fault });
  });
});

test.each([
  '',
  '/',
  '/8',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/08',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0.0/255.0.0.0',
  '10.0.0/8',
  '10.0.0.*',
  '10.0.0.1-10.0.0.9',
  '010.0.0.1',
  '::/129',
  'fe80::1%eth0',
  '[::1]',
  'localhost',
  'example.com/24',
  '1.2.3.4:80',
  '10.0.0.0\n/8',
])('no CIDR: "%s"', (text) => {
  expect(readCidr(text)).toEqual({ fault: expect.stringMatching(/^This is neither an address nor a CIDR\. /) });
});

describe('an address is in a range', () => {
  test.each([
    ['10.255.255.255', ['10.0.0.0/8'], true],
    ['11.0.0.0', ['10.0.0.0/8'], false],
    ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
    ['::FFFF:0a01:0203', ['10.0.0.0/8'], true],
    ['::10.1.2.3', ['10.0.0.0/8'], false],
    ['64:ff9b::10.1.2.3', ['10.0.0.0/8'], false],
    ['203.0.113.7', ['203.0.113.7/32'], true],
    ['203.0.113.8', ['203.0.113.7/32'], false],
    ['203.0.113.8', ['203.0.113.7/32', '203.0.113.8/32'], true],
    ['2001:DB8:ffff::1', ['2001:db8::/32'], true],
    ['2001:db9::1', ['2001:db8::/32'], false],
    ['fe80::1%eth0', ['fe80::/10'], true],
    ['255.255.255.255', ['0.0.0.0/0'], true],
    ['2001:db8::1', ['0.0.0.0/0'], false],
    ['10.1.2.3', ['::/0'], false],
    ['::ffff:10.1.2.3', ['::/0'], false],
    ['2001:db8::1', ['::/0'], true],
    ['10.1.2.3', [], false],
    ['unknown', ['0.0.0.0/0', '::/0'], false],
    ['10.1.2.3:80', ['0.0.0.0/0', '::/0'], false],
    ['', ['0.0.0.0/0', '::/0'], false],
    [undefined, ['0.0.0.0/0', '::/0'], false],
  ])('%s in %j: %s', (address, cidrs, within) => {
    expect(isWithin(cidrs, address)).toBe(within);
    // The second time by what was compiled.
    expect(isWithin(cidrs, address)).toBe(within);
  });

  test('a connection without a list may be used from anywhere, from no known address too', () => {
    for (const address of ['10.1.2.3', '2001:db8::1', 'unknown', undefined])
      expect(mayCallFrom(address, [])).toBe(true);
    expect(mayCallFrom(undefined, ['0.0.0.0/0'])).toBe(false);
  });
});

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
/** Groups that are often zero, in either case, with and without leading zeros: the forms that an address can have. */
const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
const ipv6 = fc
  .tuple(fc.array(group, { minLength: 8, maxLength: 8 }), fc.boolean(), fc.boolean())
  .map(([groups, padded, upper]) => {
    const text = groups.map((each) => each.toString(16).padStart(padded ? 4 : 1, '0')).join(':');
    return upper ? text.toUpperCase() : text;
  });
const anyRange = fc.oneof(
  fc.record({ address: ipv4, prefix: fc.integer({ min: 0, max: 32 }), family: fc.constant('ipv4' as const) }),
  fc.record({ address: ipv6, prefix: fc.integer({ min: 0, max: 128 }), family: fc.constant('ipv6' as const) }),
);

/** The network that a text with bits behind its prefix is told to be. */
function networkOf(text: string): string {
  const read = readCidr(text);
  if ('cidr' in read) return read.cidr;
  const [, network = ''] = /Write (\S+) for the network/.exec(read.fault) ?? [];
  return network;
}

test('the canonical form is its own, and takes in the same addresses as what was written', () => {
  fc.assert(
    fc.property(anyRange, fc.oneof(ipv4, ipv6), fc.nat(), ({ address, prefix, family }, stranger, flip) => {
      const cidr = networkOf(`${address}/${prefix}`);
      expect(readCidr(cidr)).toEqual({ cidr });
      const written = new BlockList();
      written.addSubnet(address, prefix, family);
      const sameFamily = stranger.includes(':') === (family === 'ipv6');
      const neighbour = flipBit(address, family, flip);
      // What is mapped from IPv4 is IPv4 here, and IPv6 to Node's list: the table above has it.
      fc.pre(![address, neighbour, stranger].some(isMapped));
      expect(isWithin([cidr], address)).toBe(true);
      expect(isWithin([cidr], neighbour)).toBe(written.check(neighbour, family));
      expect(isWithin([cidr], stranger)).toBe(sameFamily && written.check(stranger, family));
      if (family === 'ipv4') expect(isWithin([cidr], `::ffff:${neighbour}`)).toBe(isWithin([cidr], neighbour));
    }),
    { numRuns: 2_000 * EXPLORE_FACTOR },
  );
});

function isMapped(address: string): boolean {
  const parsed = parseIpAddress(address);
  return parsed?.family === 'ipv6' && parsed.bits >> 32n === 0xffffn;
}

/** The address with one bit the other way: most are just inside or just outside of a range. */
function flipBit(address: string, family: 'ipv4' | 'ipv6', flip: number): string {
  const [separator, radix, width] = family === 'ipv4' ? (['.', 10, 8] as const) : ([':', 16, 16] as const);
  const parts = address.split(separator).map((part) => Number.parseInt(part, radix));
  const bit = flip % (parts.length * width);
  const index = Math.floor(bit / width);
  parts[index] = (parts[index] ?? 0) ^ (1 << (bit % width));
  return parts.map((part) => part.toString(radix)).join(separator);
}

describe('a list', () => {
  const parse = (texts: string[]) => parseAllowedCidrs(texts);

  test('is kept in the order that it was given in, each range once', () => {
    expect(parse(['2001:DB8::/32', '10.0.0.1', '::ffff:10.0.0.1', '10.0.0.0/8', '2001:db8:0::/32'])).toEqual([
      '2001:db8::/32',
      '10.0.0.1/32',
      '10.0.0.0/8',
    ]);
    expect(parse([])).toEqual([]);
  });

  test('of fifty is kept, of fifty-one refused; what is there twice counts once', () => {
    const fifty = Array.from({ length: 50 }, (_, index) => `10.0.0.${index}`);
    expect(parse([...fifty, ...fifty])).toHaveLength(50);
    const refused = parse([...fifty, '10.0.0.50']);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['cidrs'],
      message: 'The list has 51 entries; 50 are allowed.',
    });
  });

  test('is refused by the place of its first bad entry', () => {
    expect(parse(['10.0.0.0/8', 'nonsense', '10.0.0.1/8'])).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['cidrs', '1'],
    });
  });
});
