import { isIP } from 'node:net';
import type { TenantUrl } from '../domain/tenants/tenant.port.js';
import { type AddressAllowance, scopeOf } from './tenant-address.js';

/**
 * The tenant's origin from the operator's configuration: `https://acme.gainsightcloud.com`, or in development any URL
 * at loopback. Each connection judges what the name resolves to.
 * @throws Error whose message follows the setting's name. It never quotes the text, which may hold a password
 */
export function parseTenantUrl(text: string, { allowLoopback }: AddressAllowance): TenantUrl {
  refuseOddSpelling(text);
  const url = URL.parse(text);
  if (url === null) throw new Error('must name a host, as in https://acme.gainsightcloud.com');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  refuseDisguisedAddress(text, host);
  if (isLoopback(host)) {
    if (!allowLoopback) throw new Error('must not lead to this machine outside of development: name the tenant itself');
    return url.origin as TenantUrl;
  }
  if (isIP(host) !== 0 && scopeOf(host) !== 'PUBLIC') {
    throw new Error('must not lead into a private or reserved network: name a host that the public Internet reaches');
  }
  if (url.protocol !== 'https:') {
    throw new Error('must begin with https://, since client secrets are sent there');
  }
  if (url.port !== '') throw new Error('must name no port: tenants answer at 443');
  if (host.endsWith('.')) throw new Error('must name the host without a dot at its end');
  return url.origin as TenantUrl;
}

/** Refuses text that the URL parser would drop or normalise: readers of the file should see where it leads. */
function refuseOddSpelling(text: string): void {
  if (!/^[\x21-\x7e]+$/.test(text) || text.includes('\\')) {
    throw new Error(
      'must hold neither spaces, backslashes nor letters beyond ASCII: write international names as xn--…',
    );
  }
  if (!/^https?:\/\//i.test(text)) throw new Error('must begin with https://');
  if (text.includes('@')) throw new Error('must hold no user and no password: credentials are given to connections');
  if (/[?#]/.test(text) || !/^[^/]*\/\/[^/]+\/?$/.test(text)) {
    throw new Error('must end behind the host: name no path, query or fragment');
  }
}

/** 2130706433, 0x7f.1, 0177.0.0.1 and %31%32%37.0.0.1 are all 127.0.0.1 to the URL parser. */
function refuseDisguisedAddress(text: string, host: string): void {
  if (isIP(host) !== 0 && !text.toLowerCase().includes(`//${isIP(host) === 6 ? `[${host}]` : host}`)) {
    throw new Error('must write an address plainly: four decimal numbers, or IPv6 in its shortest form');
  }
}

/** RFC 6761 section 6.3: localhost and every name below it are this machine. */
function isLoopback(host: string): boolean {
  return scopeOf(host) === 'LOOPBACK' || /(^|\.)localhost\.?$/.test(host);
}
