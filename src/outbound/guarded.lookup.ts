import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type AddressScope, scopeOf } from './tenant-address.js';

/** All the addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Resolves as the system does, /etc/hosts included, which development and container networks rely on. */
export const resolveBySystem: Resolve = (hostname) => dns.lookup(hostname, { all: true });

/** A tenant's name leads to a forbidden address. Operators know the name; the message leaves out the address. */
export class ForbiddenAddressError extends Error {
  readonly code = 'FORBIDDEN_ADDRESS';

  constructor() {
    super('the name leads to an address that may not be connected to');
    this.name = 'ForbiddenAddressError';
  }
}

/**
 * A `lookup` for sockets that returns only addresses of these scopes. The socket connects to the returned address and
 * never resolves again, so no second answer replaces the judged one (DNS rebinding). One forbidden address refuses the
 * whole name: a name of the public Internet has none.
 */
export function guardLookup(resolve: Resolve, allowed: readonly AddressScope[]): LookupFunction {
  return (hostname, options, callback) => {
    judgedAddresses(hostname, resolve, allowed, options.family).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error) => callback(error, []),
    );
  };
}

async function judgedAddresses(
  hostname: string,
  resolve: Resolve,
  allowed: readonly AddressScope[],
  family: string | number | undefined,
): Promise<LookupAddress[]> {
  const resolved = await resolve(hostname);
  for (const { address } of resolved) refuseForbidden(address, allowed);
  const wanted = Number(String(family ?? 0).replace('IPv', ''));
  const addresses = resolved
    .map(({ address }) => ({ address, family: isIP(address) }))
    .filter((each) => wanted === 0 || each.family === wanted);
  if (addresses.length === 0) throw Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' });
  return addresses;
}

/**
 * Judges a host that is an address already: sockets ask no `lookup` for it.
 * @throws ForbiddenAddressError
 */
export function refuseForbiddenHost(host: string, allowed: readonly AddressScope[]): void {
  if (isIP(host) !== 0) refuseForbidden(host, allowed);
}

function refuseForbidden(address: string, allowed: readonly AddressScope[]): void {
  if (!allowed.includes(scopeOf(address))) throw new ForbiddenAddressError();
}
