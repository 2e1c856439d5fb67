import { describe, expect, test } from 'vitest';
import { parseTenantUrl } from '../../../src/outbound/tenant-url.js';
import { REFUSED_URLS } from '../../support/tenant-urls.js';

const PRODUCTION = { allowLoopback: false };
const DEVELOPMENT = { allowLoopback: true };

/** URLs that lead to this machine in the plainest words: all that development adds. */
const LOOPBACK_URLS = [
  'http://127.0.0.1:4000',
  'http://127.0.0.1',
  'https://127.0.0.1:8443',
  'http://127.8.9.1:4000',
  'http://[::1]:4000',
  'http://localhost:4000',
  'https://localhost',
  'http://acme.localhost:4000',
];

describe('a tenant URL of the configuration', () => {
  test.each([
    ['https://acme.gainsightcloud.com', 'https://acme.gainsightcloud.com'],
    ['https://acme.gainsightcloud.com/', 'https://acme.gainsightcloud.com'],
    ['https://acme.gainsightcloud.com:443', 'https://acme.gainsightcloud.com'],
    ['HTTPS://ACME.Gainsightcloud.COM', 'https://acme.gainsightcloud.com'],
    ['https://xn--mnchen-3ya.example', 'https://xn--mnchen-3ya.example'],
    ['https://localhost.example.com', 'https://localhost.example.com'],
    ['https://8.8.8.8', 'https://8.8.8.8'],
    ['https://[2606:4700::6810:84e5]', 'https://[2606:4700::6810:84e5]'],
  ])('%s is taken', (text, origin) => {
    expect(parseTenantUrl(text, PRODUCTION)).toBe(origin);
    expect(parseTenantUrl(text, DEVELOPMENT)).toBe(origin);
  });

  test('those that are to be refused are many', () => {
    expect(new Set(REFUSED_URLS).size).toBeGreaterThan(100);
  });

  test.each(REFUSED_URLS)('%j is refused, in development too', (text) => {
    expect(() => parseTenantUrl(text, PRODUCTION)).toThrow(/^must /);
    expect(() => parseTenantUrl(text, DEVELOPMENT)).toThrow(/^must /);
  });

  test.each(LOOPBACK_URLS)('%s is taken in development alone', (text) => {
    expect(parseTenantUrl(text, DEVELOPMENT)).toBe(text);
    expect(() => parseTenantUrl(text, PRODUCTION)).toThrow(/^must not lead to this machine outside of development/);
  });

  test.each([
    ['ftp://acme.example', /^must begin with https:\/\//],
    ['http://acme.example', /^must begin with https:\/\/, since client secrets are sent there$/],
    ['https://acme.example:8443', /^must name no port/],
    ['https://admin:hunter2@acme.example', /^must hold no user and no password/],
    ['https://acme.example/v1', /^must end behind the host/],
    ['https://10.0.0.1', /^must not lead into a private or reserved network/],
    ['https://134744072', /^must write an address plainly/],
  ])('%s is refused with the reason and what to do', (text, words) => {
    expect(() => parseTenantUrl(text, PRODUCTION)).toThrow(words);
  });

  test('that holds a password is not quoted', () => {
    expect(() => parseTenantUrl('https://admin:hunter2@acme.example', PRODUCTION)).not.toThrow(/hunter2|admin/);
  });
});
