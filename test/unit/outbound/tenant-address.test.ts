import { describe, expect, test } from 'vitest';
import { scopeOf, scopesFor } from '../../../src/outbound/tenant-address.js';
import { FORBIDDEN_ADDRESSES, LOOPBACK_ADDRESSES, PUBLIC_ADDRESSES } from '../../support/tenant-addresses.js';

describe('an address', () => {
  test.each(FORBIDDEN_ADDRESSES)('%s of no public host is forbidden', (address) => {
    expect(scopeOf(address)).toBe('FORBIDDEN');
  });

  test.each(LOOPBACK_ADDRESSES)('%s of this machine is loopback', (address) => {
    expect(scopeOf(address)).toBe('LOOPBACK');
  });

  test.each(PUBLIC_ADDRESSES)('%s of a public host is public', (address) => {
    expect(scopeOf(address)).toBe('PUBLIC');
  });

  test.each(['', 'localhost', '127.1', '0x7f.0.0.1', '2130706433', '1.2.3', '1.2.3.4.5', '8.8.8.8 ', '[2606:4700::1]'])(
    'is never what the resolver would not write: %j',
    (text) => {
      expect(scopeOf(text)).toBe('FORBIDDEN');
    },
  );
});

test('only https leads to the Internet, and only development to this machine', () => {
  expect(scopesFor('https:', { allowLoopback: false })).toEqual(['PUBLIC']);
  expect(scopesFor('https:', { allowLoopback: true })).toEqual(['PUBLIC', 'LOOPBACK']);
  expect(scopesFor('http:', { allowLoopback: true })).toEqual(['LOOPBACK']);
  expect(scopesFor('http:', { allowLoopback: false })).toEqual([]);
});
