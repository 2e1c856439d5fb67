import { createHmac } from 'node:crypto';
import { DomainError } from '../../domain/errors.js';
import { equalDigests, type Secret } from '../../lib/secrets.js';
import type { OperationParams } from './request.reader.js';

/** The extension in which Hive Gateway puts the signature of its `hmacSignature` option. */
const SIGNATURE_EXTENSION = 'hmac-signature';

/**
 * Whether a router that knows one of the secrets has sent this document with these variables. The signature covers
 * neither the caller nor the time: it vouches for the document, and authenticates nobody.
 * @throws DomainError FORBIDDEN for a signature that fits neither secret
 */
export function isSignedByRouter(
  { query, variables, extensions }: OperationParams,
  secrets: readonly Secret[],
): boolean {
  const signature = (extensions as { readonly [name: string]: unknown } | null | undefined)?.[SIGNATURE_EXTENSION];
  if (secrets.length === 0 || signature === undefined) return false;
  const signed = serialize(query, variables);
  const isValid = secrets.some((secret) => {
    const expected = createHmac('sha256', secret.reveal()).update(signed).digest('base64');
    return typeof signature === 'string' && equalDigests(expected, signature);
  });
  if (isValid) return true;
  throw new DomainError('FORBIDDEN', {
    hint: `The ${SIGNATURE_EXTENSION} extension does not fit the operation: compare the router's secret with LATCHKEY_ROUTER_SECRET.`,
  });
}

/** What Hive Gateway signs: JSON whose members are in the order of their names, without empty variables. */
function serialize(query: unknown, variables: unknown): string {
  const isEmpty = typeof variables !== 'object' || variables === null || Object.keys(variables).length === 0;
  return JSON.stringify({ query, variables: isEmpty ? undefined : variables }, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
