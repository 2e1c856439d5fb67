import { DomainError } from '../errors.js';
import { invalidInput, type Refusal } from '../refusal.js';
import { isWithin, readCidr } from './cidr.js';

export const ALLOWED_CIDRS_MAX = 50;

/** The list in its stored form: canonical, without duplicates, in the given order. */
export function parseAllowedCidrs(texts: readonly string[]): readonly string[] | Refusal {
  const cidrs = new Set<string>();
  for (const [index, text] of texts.entries()) {
    const read = readCidr(text);
    if ('fault' in read) return invalidInput(read.fault, 'cidrs', String(index));
    cidrs.add(read.cidr);
  }
  if (cidrs.size > ALLOWED_CIDRS_MAX) {
    return invalidInput(`The list has ${cidrs.size} entries; ${ALLOWED_CIDRS_MAX} are allowed.`, 'cidrs');
  }
  return [...cidrs];
}

/** Whether a connection's credentials may be used from an address; an empty list allows any address. */
export function mayCallFrom(address: string | undefined, allowedCidrs: readonly string[]): boolean {
  return allowedCidrs.length === 0 || isWithin(allowedCidrs, address);
}

/**
 * Checks the address of an authenticated machine. Never before authentication: no stranger may learn a connection's
 * list. Reads the address only where there is a list, since finding an address behind proxies takes a while.
 * @throws DomainError FORBIDDEN
 */
export function requireAllowedAddress(
  caller: { readonly ip: string | undefined },
  allowedCidrs: readonly string[],
): void {
  if (allowedCidrs.length === 0 || mayCallFrom(caller.ip, allowedCidrs)) return;
  throw new DomainError('FORBIDDEN', { hint: 'The connection may not be used from this address.' });
}
