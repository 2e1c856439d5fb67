import { DomainError } from '../errors.js';
import { invalidInput, type Refusal } from '../refusal.js';
import { isWithin, readCidr } from './cidr.js';

export const ALLOWED_CIDRS_MAX = 50;

/** The list as it is kept: canonical, each once, in the order that it was given in. */
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

/** Whether a connection's credentials may be used from an address: from anywhere where its list is empty. */
export function mayCallFrom(address: string | undefined, allowedCidrs: readonly string[]): boolean {
  return allowedCidrs.length === 0 || isWithin(allowedCidrs, address);
}

/**
 * For whoever has proven a machine. Not before: the list of a connection is nothing that a stranger may find out. The
 * address is asked for where there is a list: finding it out behind proxies takes a while.
 * @throws DomainError FORBIDDEN
 */
export function requireAllowedAddress(
  caller: { readonly ip: string | undefined },
  allowedCidrs: readonly string[],
): void {
  if (allowedCidrs.length === 0 || mayCallFrom(caller.ip, allowedCidrs)) return;
  throw new DomainError('FORBIDDEN', { hint: 'The connection may not be used from this address.' });
}
