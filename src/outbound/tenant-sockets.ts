import type { LookupFunction } from 'node:net';
import type { TenantUrl } from '../domain/tenants/tenant.port.js';
import { ForbiddenAddressError, guardLookup, type Resolve, resolveBySystem } from './guarded.lookup.js';
import { type AddressAllowance, scopesFor } from './tenant-address.js';

/** How undici connects to tenants and how long it waits for them. */
export interface TenantSockets {
  /** Connections to each tenant: as many as its calls under way, so no call waits for one that hangs. */
  readonly connections: number;
  readonly pipelining: number;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  readonly keepAliveTimeout: number;
  readonly maxHeaderSize: number;
  readonly maxResponseSize: number;
  readonly connect: { readonly lookup: LookupFunction; readonly timeout: number; readonly rejectUnauthorized: true };
}

/** Room for a chunk of a bulk export. */
const RESPONSE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Connections to the configured tenants and nowhere else, at addresses where tenants may be. No other name is looked
 * up; a tenant given by its address was judged when the configuration was read.
 */
export function tenantSockets(
  tenantUrls: readonly TenantUrl[],
  { resolve = resolveBySystem, ...allowance }: AddressAllowance & { resolve?: Resolve },
): TenantSockets {
  const lookups = new Map<string, LookupFunction>();
  for (const url of tenantUrls) {
    const { hostname, protocol } = new URL(url);
    lookups.set(hostname, guardLookup(resolve, scopesFor(protocol, allowance)));
  }
  return {
    connections: 256,
    pipelining: 1,
    headersTimeout: 10_000,
    bodyTimeout: 30_000,
    keepAliveTimeout: 30_000,
    maxHeaderSize: 16 * 1024,
    maxResponseSize: RESPONSE_BYTES_MAX,
    connect: {
      timeout: 5_000,
      // Explicit, since @fastify/reply-from accepts any certificate by default.
      rejectUnauthorized: true,
      lookup: (hostname, options, callback) => {
        const lookup = lookups.get(hostname);
        if (lookup === undefined) callback(new ForbiddenAddressError(), []);
        else lookup(hostname, options, callback);
      },
    },
  };
}
