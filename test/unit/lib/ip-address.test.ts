import { describe, expect, test } from 'vitest';
import { formatIpAddress, parseIpAddress } from '../../../src/lib/ip-address.js';

const rewritten = (text: string) => {
  const address = parseIpAddress(text);
  return address && formatIpAddress(address);
};

describe('an address is written in one way', () => {
  test.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:0DB8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80::', 'fe80::'],
    ['::FFFF:10.0.0.1', '::ffff:a00:1'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s as %s', (text, written) => {
    expect(rewritten(text)).toBe(written);
  });
});

test.each([
  '',
  '1.2.3',
  '01.2.3.4',
  '1.2.3.256',
  '1.2.3.4 ',
  '0x7f.1',
  '::1%lo',
  ':::',
  '1::2::3',
  '[::1]',
  'localhost',
])('no address: "%s"', (text) => {
  expect(parseIpAddress(text)).toBeUndefined();
});
